import TestKit
import Testing
import Wire

@testable import Contacts

@Suite("Models of custom fields")
struct CustomFieldModelTests {
  @Test("a number that is not defined is refused by name, and one that is cleared needs a definition, too")
  func undefined() throws {
    let model = CustomFieldModel.defining(5...6)
    for content in ["x", JSON.null] {
      #expect(throws: ContactRefusal("custom_fields: there is no custom field 7 for contacts")) {
        try model.checked([CustomField(id: 5, content: "x"), CustomField(id: 7, content: content)])
      }
    }
    #expect(try model.checked([CustomField(id: 6, content: 1)]) == [CustomField(id: 6, content: "1")])
    #expect(throws: ContactRefusal("custom_fields: there is no custom field 6 for tasks")) {
      try CustomFieldModel(.task).checked([CustomField(id: 6, content: "x")])
    }
  }

  @Test("what a record holds may be said again, though its option is gone")
  func heldBefore() throws {
    let model = CustomFieldModel.defining(5...5, .dropdown)
    let held = [CustomField(id: 5, content: "Red")]
    #expect(try model.checked(held, over: held) == held)
    #expect(throws: ContactRefusal.self) { try model.checked(held) }
    #expect(throws: ContactRefusal.self) { try model.checked([CustomField(id: 5, content: "Blue")], over: held) }
  }

  @Test("a change that says nothing of custom fields, or clears them, is as it was")
  func untouched() throws {
    var change = ContactChange()
    change[.givenName] = .set("Ann")
    #expect(try CustomFieldModel().checked(change) == change)
    change.customFields = .null
    #expect(try CustomFieldModel().checked(change) == change)
  }

  @Test("a model has so many fields and options, and no more")
  func bounds() throws {
    var model = CustomFieldModel.defining(1...99)
    var field = try #require(model[99])
    field.id = 100
    model = try model.with(field)
    field.id = 101
    #expect(throws: ContactRefusal.self) { try model.with(field) }
    var changed = try #require(model[7])
    changed.options = (1...1000).map { CustomFieldOption(id: $0, label: "\($0)") }
    changed.options[0].options = (1001...2000).map { CustomFieldOption(id: $0, label: "\($0)") }
    model = try model.with(changed)
    #expect(model[7] == changed)
    #expect(model.definitions.count == 100)
    #expect(model.definitions.map(\.id) == Array(1...100))
    changed.id = 8
    changed.options = [CustomFieldOption(id: 1, label: "one too many")]
    #expect(throws: ContactRefusal.self) { try model.with(changed) }
  }

  @Test("a field is named by the letters and digits of its label, and apart from all others")
  func names() throws {
    var model = CustomFieldModel()
    let labels = [
      ("Favourite Colour", "FavouriteColour"), ("favourite-colour!", "favouritecolour0"),
      ("Favourite Colour", "FavouriteColour1"), ("Größe", "Gre"), ("色", "CustomField"), ("!", "CustomField0"),
      (String(repeating: "x", count: 255), String(repeating: "x", count: 60)),
    ]
    for (index, (label, name)) in labels.enumerated() {
      #expect(model.fieldName(for: label) == name)
      model = try model.with(
        CustomFieldDefinition(
          id: Int64(index), label: label, fieldName: model.fieldName(for: label), type: .text, groupID: 1,
          groupName: "g"))
    }
  }

  @Test("names stay apart, whatever the labels", arguments: seeds.prefix(40))
  func namesApart(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var model = CustomFieldModel()
    for id in 1...Int64(CustomFieldModel.mostFields) {
      let label = random.pick(["a", "A", "a0", "A1", "a 0", "a00", "", "é"])
      let name = model.fieldName(for: label)
      model = try model.with(
        CustomFieldDefinition(id: id, label: label, fieldName: name, type: .text, groupID: 1, groupName: "g"))
    }
    #expect(Set(model.definitions.map { $0.fieldName.lowercased() }).count == CustomFieldModel.mostFields)
  }

  @Test("options keep their numbers and those below them, and none is given twice")
  func options() throws {
    typealias Draft = CustomFieldOption.Draft
    let old = try CustomFieldType.drilldown.options([
      Draft(label: "Red", options: [Draft(label: "Ruby")]), Draft(label: "Blue"),
    ])
    #expect(
      old == [
        CustomFieldOption(id: 1, label: "Red", options: [CustomFieldOption(id: 2, label: "Ruby")]),
        CustomFieldOption(id: 3, label: "Blue"),
      ])
    let new = try CustomFieldType.drilldown.options([Draft(label: "Green"), Draft(id: 1, label: "Rot")], over: old)
    #expect(
      new == [
        CustomFieldOption(id: 4, label: "Green"),
        CustomFieldOption(id: 1, label: "Rot", options: [CustomFieldOption(id: 2, label: "Ruby")]),
      ])
    #expect(
      try CustomFieldType.drilldown.options([Draft(id: 1, label: "Red", options: [])], over: old)[0].options == [])
    for (type, drafts, message) in [
      (CustomFieldType.drilldown, [Draft(id: 9, label: "x")], "options: there is no option 9"),
      (.drilldown, [Draft(id: 3, label: "x"), Draft(id: 3, label: "y")], "options: 3 is given twice"),
      (.drilldown, [Draft(id: 2, label: "x"), Draft(id: 1, label: "y")], "options: 2 is given twice"),
      (.dropdown, [Draft(label: "Red"), Draft(label: " red")], "options:  red is given twice"),
      (.text, [Draft(label: "Red")], "options: a field of the type TEXT has none"),
      (
        .radio, [Draft(label: "Red", options: [Draft(label: "x")])],
        "options: only those of a DRILLDOWN have options of their own"
      ),
      (.listBox, [Draft(label: "a,b")], "options: a,b has a comma, which parts the labels of a list box"),
    ] {
      #expect(throws: ContactRefusal(message)) { try type.options(drafts, over: old) }
    }
  }

  @Test("contents under numbers that nobody defined stay apart, until the whole list is cleared or replaced")
  func kept() throws {
    let stored = #"{"custom_fields":[{"content":{"a":1},"id":6}],"given_name":"Ann"}"#
    let contact = try Contact(stored: stored.utf8)
    #expect(contact.customFields == [])
    #expect(contact.undefinedFields == [CustomField(id: 6, content: ["a": 1])])
    #expect(String(decoding: contact.stored, as: UTF8.self) == stored)
    var record = ContactRecord(id: 1, contact: contact, createdAt: 0, updatedAt: 0, createdBy: "", updatedBy: "")
    record.model = .defining(6...6)
    #expect(KeapV2.contact(record)["custom_fields"] == [["id": "6", "content": .null]])

    var change = ContactChange()
    change[.givenName] = .set("Bea")
    change.customFields = .set([CustomField(id: 6, content: "x")])
    for act in [ContactAct.merge, .upsert] {
      #expect(change.applied(to: contact, as: act).undefinedFields == contact.undefinedFields)
    }
    #expect(change.applied(to: contact, as: .replace).undefinedFields == [])
    change.customFields = .absent
    #expect(change.applied(to: contact, as: .replace).undefinedFields == contact.undefinedFields)
    change.customFields = .null
    #expect(change.applied(to: contact, as: .merge).undefinedFields == [])
  }
}
