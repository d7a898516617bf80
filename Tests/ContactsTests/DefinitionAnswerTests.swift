import Contacts
import Testing
import Wire

/// What a job reads of a tenant's definitions.
@Suite struct DefinitionAnswerTests {
  @Test func `fields are read back from the answer that is built for them, with options within options`() throws {
    let fields = CustomFieldType.allCases.enumerated().map { index, type in
      let inner = [CustomFieldOption(id: 3, label: "Inner")]
      return CustomFieldDefinition(
        id: Int64(index + 1), label: "Field, \(type.rawValue)", fieldName: "F\(index)", type: type,
        options: type.hasOptions
          ? [CustomFieldOption(id: 1, label: "One", options: type == .drilldown ? inner : [])] : [],
        groupID: 7, groupName: "Custom Fields")
    }
    let model = CustomFieldModel(.contact, fields)
    #expect(try KeapV2.model(fromAnswer: KeapDialect.v2.model(model)) == model)
  }

  @Test func `what is not understood of an answer is left out, and what is none is refused`() throws {
    let answer: JSON = [
      "custom_fields": [
        ["id": "1", "label": "Size", "field_type": "TEXT"], ["id": "2", "label": "New", "field_type": "HOLOGRAM"], 3,
      ]
    ]
    #expect(try KeapV2.model(fromAnswer: answer).definitions.map(\.label) == ["Size"])
    #expect(throws: ContactRefusal.self) { try KeapV2.model(fromAnswer: ["x": 1]) }
    let tags = try KeapV2.tags(fromAnswer: [
      "tags": [["id": "1", "name": "VIP"], ["id": "x", "name": "No"]], "next_page_token": "",
    ])
    #expect(tags.tags.map(\.name) == ["VIP"] && tags.nextPageToken == nil)
    #expect(throws: ContactRefusal.self) { try KeapV2.tags(fromAnswer: []) }
  }
}
