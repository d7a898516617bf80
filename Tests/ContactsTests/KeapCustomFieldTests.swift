import Testing
import Wire

@testable import Contacts

@Suite("Custom fields as Keap writes them")
struct KeapCustomFieldTests {
  @Test("a definition has the keys and forms of the recorded answer in v1, and of the document in v2")
  func definition() {
    var field = CustomFieldDefinition(
      id: 18, label: "color", fieldName: "color", type: .text, groupID: 4, groupName: "Custom Fields")
    let recorded = """
      {"default_value":null,"field_name":"color","field_type":"Text","id":18,"label":"color","options":[],\
      "record_type":"COMPANY"}
      """
    #expect(KeapDialect.v1.definition(field, for: .company).text == recorded)
    var second: JSON = [
      "id": "18", "label": "color", "field_name": "color", "field_type": "TEXT", "record_type": "TASK_NOTE_APPOINTMENT",
      "group_id": "4", "group_name": "Custom Fields",
    ]
    #expect(KeapDialect.v2.definition(field, for: .note) == second)
    (field.type, field.options) = (.listBox, [CustomFieldOption(id: 1, label: "Red")])
    #expect(
      KeapDialect.v1.definition(field, for: .contact)["options"] == [["id": "1", "label": "Red", "options": []]])
    #expect(KeapDialect.v1.definition(field, for: .contact)["field_type"] == "ListBox")
    second = KeapDialect.v2.definition(field, for: .contact)
    #expect(second["options"] == [["id": "1", "label": "Red"]])
    #expect(second["record_type"] == "CONTACT")
  }

  @Test("every type has the spelling of each document")
  func types() throws {
    let first = [
      "Currency", "Date", "DateTime", "DayOfWeek", "Drilldown", "Email", "Month", "ListBox", "Name", "WholeNumber",
      "DecimalNumber", "Percent", "PhoneNumber", "Radio", "Dropdown", "SocialSecurityNumber", "State", "Text",
      "TextArea", "User", "UserListBox", "Website", "Year", "YesNo",
    ]
    #expect(Set(first) == Set(CustomFieldType.allCases.map { KeapDialect.v1.spelling($0.rawValue) }))
    for (name, type) in first.map({ ($0, KeapDialect.named($0, CustomFieldType.self)) }) {
      let body = try KeapCustomFieldBody(["label": "x", "field_type": .string(name)], dialect: .v1)
      #expect(try body.newCustomField().type == type)
      let other = try KeapCustomFieldBody(
        ["label": "x", "field_type": .string(type?.rawValue ?? "")], dialect: .v2)
      #expect(try other.newCustomField().type == type)
    }
  }

  @Test("a request is read with its options, and the numbers that a client gives new ones are left aside")
  func request() throws {
    let body: JSON = [
      "label": " Colour ", "field_type": "Drilldown", "group_id": "4",
      "options": [["id": "9", "label": "Red", "options": [["label": "Ruby"]]], ["label": "Blue"]],
    ]
    let new = try KeapCustomFieldBody(body, dialect: .v1).newCustomField()
    let expected = NewCustomField(
      label: "Colour", type: .drilldown,
      options: [.init(label: "Red", options: [.init(label: "Ruby")]), .init(label: "Blue")], groupID: 4)
    #expect(new == expected)
  }

  @Test("a mask leaves out what it does not name, and a null stays what it is")
  func mask() throws {
    let body: JSON = [
      "label": "L", "group_id": "4", "options": [["id": "1", "label": "Red"]], "name": "N", "order": 2, "tab_id": 7,
    ]
    func read(_ mask: Set<String>?) throws -> KeapCustomFieldBody {
      try KeapCustomFieldBody(body, dialect: .v2, mask: mask)
    }
    #expect(try read(["label"]).customFieldChange() == CustomFieldChange(label: "L"))
    #expect(
      try read(nil).customFieldChange()
        == CustomFieldChange(label: "L", options: [.init(id: 1, label: "Red")], groupID: 4))
    #expect(try read(["order", "tab_id"]).groupChange() == CustomFieldGroupChange(order: 2, tabID: 7))
    #expect(try read(["name"]).tabChange() == CustomFieldTabChange(name: "N"))
    let nulls = try KeapCustomFieldBody(["label": .null, "options": .null, "group_id": 4], dialect: .v2)
    #expect(try nulls.customFieldChange() == CustomFieldChange(groupID: 4))
    #expect(try KeapCustomFieldBody.mask(["name,order", "name"], of: ["name", "order"]) == ["name", "order"])
    #expect(try KeapCustomFieldBody.mask([], of: ["name"]) == nil)
    #expect(throws: ContactRefusal("update_mask must be of name, order")) {
      try KeapCustomFieldBody.mask(["name,nonsense"], of: ["order", "name"])
    }
  }

  @Test(
    "a wrong value is refused by its place",
    arguments: [
      ([1], "The body must be a JSON object"), ([:], "label is required"), (["label": .null], "label is required"),
      (["label": 5], "label must be a string"), (["label": "  "], "label must not be empty"),
      (["label": "a\u{7}"], "label must be one line without control characters"),
      (["label": .string(String(repeating: "x", count: 256))], "label must be at most 255 characters"),
      (["label": "x"], "field_type is required"),
      (["label": "x", "field_type": "Text", "group_id": "x"], "group_id must be a string of digits"),
      (["label": "x", "field_type": "Text", "user_group_id": "5"], "user_group_id: there is no user group 5"),
      (["label": "x", "field_type": "Text", "options": [:]], "options must be a list"),
      (["label": "x", "field_type": "Text", "options": ["Red"]], "options[0] must be an object"),
      (["label": "x", "field_type": "Text", "options": [["id": "1"]]], "options[0].label is required"),
      (["label": "x", "field_type": "Text", "options": [["label": 1]]], "options[0].label must be a string"),
      (
        ["label": "x", "field_type": "Text", "options": [["label": "a", "id": "b"]]],
        "options[0].id must be a string of digits"
      ),
      (
        ["label": "x", "field_type": "Text", "options": [["label": "a", "options": [["label": ""]]]]],
        "options[0].options[0].label must not be empty"
      ),
      (
        ["label": "x", "field_type": "Text", "options": .array(Array(repeating: ["label": "a"], count: 2001))],
        "options must have at most 2000 entries"
      ),
    ] as [(JSON, String)])
  func refusals(body: JSON, message: String) {
    #expect(throws: ContactRefusal(message)) { try KeapCustomFieldBody(body, dialect: .v2).newCustomField() }
  }

  @Test("a type that there is not is refused with those that there are, in the version's spelling")
  func unknownType() {
    for (dialect, start) in [(KeapDialect.v1, "Currency, Date, DateTime"), (.v2, "CURRENCY, DATE, DATE_TIME")] {
      let refusal = #expect(throws: ContactRefusal.self) {
        try KeapCustomFieldBody(["label": "x", "field_type": "Colour"], dialect: dialect).newCustomField()
      }
      #expect(refusal?.message.hasPrefix("field_type must be one of \(start)") == true)
    }
  }

  @Test("a contact names no more fields than there can be")
  func manyContents() throws {
    func body(_ count: Int) -> JSON {
      ["custom_fields": .array((0..<count).map { ["id": .integer(Int64($0)), "content": "x"] })]
    }
    #expect(try KeapV2.change(from: body(100)).customFields.value?.count == 100)
    #expect(throws: ContactRefusal("custom_fields must have at most 100 entries")) {
      try KeapV1.change(from: body(101))
    }
  }
}
