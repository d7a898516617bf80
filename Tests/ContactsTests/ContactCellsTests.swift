import TestKit
import Testing
import Wire

@testable import Contacts

/// Contacts as rows of a file that an import reads back.
@Suite struct ContactCellsTests {
  private func definitions() -> CustomFieldModel {
    let types: [(Int64, String, CustomFieldType)] = [
      (1, "Shoe size", .wholeNumber), (2, "Note, long", .textArea), (3, "Price", .currency), (4, "Shoe size", .text),
    ]
    return CustomFieldModel(
      .contact,
      types.map {
        CustomFieldDefinition(id: $0, label: $1, fieldName: "F\($0)", type: $2, groupID: 9, groupName: "Custom Fields")
      })
  }

  /// A contact such as the API keeps, with texts that spreadsheets, CSV and our own reading could take for something else.
  private func contact(_ random: inout SeededGenerator) throws -> Contact {
    let nasty = [
      "=1+1", "+49", "-x", "@a", "'tis", "''", "'=x", "\t", "\rx", " a ", "a\nb", "a\r\nb", "\"", "a,b;c", "\u{FEFF}x",
      "e\u{301}",
      "0017", "x ::: y", "NULL", "\u{A0}",
    ]
    var contact = random.contact()
    contact.emails = contact.emails.filter { $0.email.map { EmailSyntax.fault(in: $0) == nil } == true }
    if contact.email == nil {
      contact.emails = [EmailAddress("ann@example.org")] + contact.emails.filter { $0.field != .email1 }
    }
    for field in TextField.allCases where random.chance(30) { contact[field] = random.pick(nasty) }
    contact.addresses = contact.addresses.compactMap { address in
      var address = address
      if random.chance(30) { address.line1 = random.pick(nasty) }
      if random.chance(30) { address.locality = random.pick(nasty) }
      return address.settled
    }
    contact.undefinedFields = []
    let contents: [CustomField] = [
      CustomField(id: 1, content: .integer(Int64(random.number(-5...50)))),
      CustomField(id: 2, content: .string(random.pick(nasty))), CustomField(id: 3, content: .number(12.5)),
      CustomField(id: 4, content: .string(random.pick(["38", "=38", "forty"]))),
    ]
    contact.customFields = contents.filter { _ in random.chance(60) }
    return contact
  }

  private func read(_ text: String, chunk: Int = 1000) throws -> [(entry: CustomerEntry, warnings: [String])] {
    var file = CustomerFile()
    var rest = Array(text.utf8)[...]
    var rows: [CustomerFile.Row] = []
    while !rest.isEmpty {
      rows += try file.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
    }
    rows += try file.finish()
    return try rows.map { row in
      guard case .accepted(let entry, let warnings) = row.outcome else { throw ContactRefusal("\(row)") }
      return (entry, warnings)
    }
  }

  @Test(arguments: seeds.prefix(50))
  func `P44 what was exported and is imported again changes nothing`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let model = definitions(), cells = ContactCells(model)
    let contacts = try (0..<8).map { _ in try contact(&random) }
    let tags = (0..<8).map { _ in ["VIP", "a, b", "=sum", "Größe 7"].filter { _ in random.chance(40) } }
    let lines = zip(contacts, tags).enumerated().map { cells.line(id: "\($0)", $1.0, tags: $1.1) }
    let text = ([TextCell.line(cells.header)] + lines).map { $0 + "\n" }.joined()
    let rows = try read(text, chunk: random.number(1...400))
    #expect(rows.count == contacts.count)
    for (index, row) in rows.enumerated() {
      let (change, warnings) = model.resolved(row.entry)
      #expect(warnings == [])
      #expect(!contacts[index].differs(after: change), "contact \(index)")
      #expect(row.entry.tags == tags[index])
      // In an empty place it becomes the same row again.
      let made = change.applied(to: Contact(), as: .create)
      #expect(cells.line(id: "\(index)", made, tags: tags[index]) == lines[index] || !row.warnings.isEmpty)
    }
  }

  @Test(arguments: seeds) func `no cell of an export is a formula to a spreadsheet`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let cells = ContactCells(definitions())
    let line = cells.line(id: "7", try contact(&random), tags: ["=x", "@y"])
    var reader = CSVReader()
    for record in reader.feed(Array("a,b\n\(line)\n".utf8)) + reader.finish() {
      for cell in try record.fields.get() {
        #expect(cell.unicodeScalars.first.map { !["=", "+", "-", "@", "\t", "\r"].contains($0) } ?? true, "\(cell)")
      }
    }
  }

  @Test func `fields of one label are told apart by their numbers, and all are found again`() {
    let cells = ContactCells(definitions()), model = definitions()
    #expect(cells.header.suffix(4) == ["custom:1", "custom:Note, long", "custom:Price", "custom:4"])
    #expect(model[named: "4"]?.id == 4 && model[named: "note,  LONG"]?.id == 2 && model[named: "F3"]?.id == 3)
    #expect(model[named: "no such"] == nil)
  }

  @Test func `a content that its field cannot hold is left out with a word, and the rest of the row stays`() {
    var change = ContactChange()
    change.emails = .set([EmailAddress("ann@example.org")])
    let entry = CustomerEntry(
      change, custom: [.init(field: "1", text: "large"), .init(field: "Price", text: "12.50")])
    let (resolved, warnings) = definitions().resolved(entry)
    #expect(resolved.customFields == .set([CustomField(id: 3, content: .number(12.5))]))
    #expect(warnings == ["1 left out: custom_fields.1 (Shoe size) must be a whole number"])
  }
}
