import TestKit
import Testing
import Wire

@testable import Contacts

/// Contents of custom fields, of every type, that go into a file and come back.
@Suite struct ExportedFieldTests {
  private static let options = ["Red", "=blue", "dark \"grey\"", "+1", "'tis", "ÉTÉ", "你好"]

  private static let model = CustomFieldModel(
    .contact,
    CustomFieldType.allCases.enumerated().map { index, type in
      let labels = type.hasOptions ? options : []
      let choices = labels.enumerated().map { CustomFieldOption(id: Int64($0 + 1), label: $1) }
      return CustomFieldDefinition(
        id: Int64(index + 1), label: "=Field, \(type.rawValue)", fieldName: "F\(index)", type: type,
        options: type == .drilldown ? [CustomFieldOption(id: 99, label: "All", options: choices)] : choices, groupID: 9,
        groupName: "Custom Fields")
    })

  /// What somebody may have put into a field of the type.
  private func given(_ type: CustomFieldType, _ random: inout SeededGenerator) -> JSON {
    let line = random.pick(["=1+1", "-5", "'tis", "''", " a ", "a,b;c", "\"q\"", "0017", "1e5", "x ::: y", "Größe 你好🙂"])
    let drawn = Double(random.number(-9999...9999)) / 7e9
    let decimal = random.pick([
      0.5, -12.25, 1e-5, -1.5e-7, 2.5e-300, .leastNonzeroMagnitude, 123_456_789_012_345.5, 0.1 + 0.2, drawn,
    ])
    switch type {
    case .text, .name, .phoneNumber, .website, .state: return .string(line)
    case .textArea: return .string(random.pick([line, "a\nb", "a\r\n\r\nb", "\tx", "\r\nx", "\n", "\"\n\""]))
    case .email: return .string(random.pick(["ann@example.org", "x+y@shop.example"]))
    case .socialSecurityNumber: return "001-02-0003"
    case .wholeNumber: return .integer(random.pick([.min, -1, 0, .max]))
    case .currency, .decimalNumber, .percent: return .number(decimal)
    case .year: return .integer(Int64(random.number(1...9999)))
    case .month: return .integer(Int64(random.number(1...12)))
    case .dayOfWeek: return .integer(Int64(random.number(1...7)))
    case .user: return .integer(Int64(random.number(1...9)))
    case .userListBox: return .array((1...random.number(1...4)).map { .integer(Int64($0)) })
    case .date: return .string(random.pick(["1985-03-15", "2000-02-29"]))
    case .dateTime: return .string("2024-03-15T10:30:00.\(random.number(100...999))Z")
    case .yesNo: return .bool(random.chance(50))
    case .dropdown, .radio, .drilldown: return .string(random.pick(Self.options))
    case .listBox: return .array(Self.options.filter { _ in random.chance(40) }.map(JSON.string))
    }
  }

  @Test(arguments: seeds) func `P44 a field of each type comes back from an export as it was`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let model = Self.model, cells = ContactCells(model)
    var contact = Contact()
    contact.emails = [EmailAddress("ann@example.org")]
    for field in model.definitions {
      let content = try field.content(given(field.type, &random))
      if !content.isNull { contact.customFields.append(CustomField(id: field.id, content: content)) }
    }
    let text = TextCell.line(cells.header) + "\n" + cells.line(id: "1", contact, tags: []) + "\n"
    var file = CustomerFile()
    let rows = try file.feed(Array(text.utf8)) + file.finish()
    guard case .accepted(let entry, let warnings)? = rows.first?.outcome, rows.count == 1 else {
      throw ContactRefusal("\(rows)")
    }
    let (change, left) = model.resolved(entry)
    #expect(warnings == [] && left == [])
    let made = change.applied(to: Contact(), as: .create)
    let found = Dictionary(uniqueKeysWithValues: made.customFields.map { ($0.id, $0.content) })
    for field in contact.customFields { #expect(found[field.id] == field.content, "\(field)") }
    #expect(found.count == contact.customFields.count)
  }
}
