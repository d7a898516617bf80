import Testing
import Wire

@testable import Contacts

@Suite("Contents of custom fields")
struct CustomFieldContentTests {
  private static let long = String(repeating: "é", count: 65_535)

  private static let accepted: [(CustomFieldType, JSON, JSON)] = [
    (.text, "  Ann ", "  Ann "), (.text, 5, "5"), (.text, true, "true"), (.text, "", .null), (.text, .null, .null),
    (.text, .string(long), .string(long)), (.name, "O'Neil", "O'Neil"), (.phoneNumber, "+1 555", "+1 555"),
    (.website, "https://a.example", "https://a.example"), (.state, "AZ", "AZ"),
    (.textArea, "one\r\n\ttwo", "one\r\n\ttwo"), (.email, " Ann@shop.example ", "Ann@shop.example"),
    (.socialSecurityNumber, "123456789", "123-45-6789"), (.socialSecurityNumber, "123-45-6789", "123-45-6789"),
    (.socialSecurityNumber, 123_456_789, "123-45-6789"), (.wholeNumber, 32, 32), (.wholeNumber, 32.0, 32),
    (.wholeNumber, " -7 ", -7), (.decimalNumber, 0.5, 0.5), (.decimalNumber, "12.50", 12.5),
    (.decimalNumber, "-3", -3), (.currency, "1234567.89", 1_234_567.89), (.percent, 12, 12), (.year, "2024", 2024),
    (.month, 12, 12), (.dayOfWeek, 1, 1), (.user, "7", 7), (.userListBox, [7, "3", 7], "3,7"),
    (.userListBox, "7, 3", "3,7"), (.userListBox, [], .null), (.date, "2024-02-29", "2024-02-29"),
    (.date, "2024-02-29T23:30:00.000-0800", "2024-02-29"),
    (.dateTime, "2024-03-15T10:30:00+01:00", "2024-03-15T09:30:00.000Z"),
    (.dateTime, "2024-03-15", "2024-03-15T00:00:00.000Z"),
    (.dateTime, "2024-03-15T10:30:00.120Z", "2024-03-15T10:30:00.120Z"), (.yesNo, true, 1), (.yesNo, "No", 0),
    (.yesNo, 1, 1), (.yesNo, "0", 0), (.dropdown, "Red", "Red"), (.dropdown, " rED ", "Red"), (.dropdown, 2, "Blue"),
    (.radio, "1", "Red"), (.radio, "3", "3"), (.drilldown, "Blue", "Blue"), (.drilldown, "navy", "Navy"),
    (.listBox, "Blue,red", "Red,Blue"), (.listBox, ["Blue", 1, "blue"], "Red,Blue"), (.listBox, " , ", .null),
    (.listBox, "Blue", "Blue"),
  ]

  @Test("a content is kept in the one form of its type, and what is kept is taken again", arguments: accepted)
  func normalised(type: CustomFieldType, content: JSON, form: JSON) throws {
    let field = Self.field(type)
    #expect(try field.content(content) == form)
    #expect(try field.content(form) == form)
  }

  private static let refused: [(CustomFieldType, JSON, String)] = [
    (.text, ["a"], "a text"), (.text, [:], "a text"), (.text, .string(long + "x"), "at most 65535 characters"),
    (.text, "a\nb", "one line without control characters"), (.name, "a\u{0}", "one line without control characters"),
    (.textArea, "a\u{1B}", "without control characters"), (.textArea, [1], "a text"),
    (.email, "ann", "an e-mail address: it has no @"), (.socialSecurityNumber, "12345678", "nine digits"),
    (.socialSecurityNumber, "12345678x", "nine digits"), (.wholeNumber, 0.5, "a whole number"),
    (.wholeNumber, "x", "a whole number"), (.wholeNumber, true, "a whole number"),
    (.wholeNumber, "99999999999999999999", "a whole number"), (.decimalNumber, "1e3", "a number of at most 15 digits"),
    (.decimalNumber, "nan", "a number of at most 15 digits"), (.decimalNumber, ".", "a number of at most 15 digits"),
    (.currency, "$5", "a number of at most 15 digits"), (.percent, 1e15, "a number of at most 15 digits"),
    (.year, 0, "a year from 1 to 9999"), (.month, 13, "a month from 1 to 12"),
    (.dayOfWeek, "Monday", "a day of the week from 1 to 7"), (.user, 0, "the number of a user"),
    (.userListBox, "3,x", "numbers of users"), (.date, "2023-02-29", "a date such as 2024-03-15"),
    (.date, 20_240_315, "a date such as 2024-03-15"), (.date, "2024-03-15Tnoon", "a date such as 2024-03-15"),
    (.dateTime, "2024-03-15T10:30", "a time such as 2024-03-15T10:30:00.000Z"), (.yesNo, "maybe", "yes or no"),
    (.yesNo, 2, "yes or no"), (.dropdown, "Green", "one of the field's options"),
    (.dropdown, "Navy", "one of the field's options"), (.radio, ["Red"], "one of the field's options"),
    (.drilldown, "Green", "one of the field's options"), (.listBox, "Red,Green", "one of the field's options"),
    (.listBox, [["Red"]], "one of the field's options"),
  ]

  @Test("a content that its definition does not allow is refused by the field's number and label", arguments: refused)
  func refusals(type: CustomFieldType, content: JSON, end: String) {
    #expect(throws: ContactRefusal("custom_fields.12 (Colour) must be \(end)")) {
      try Self.field(type).content(content)
    }
  }

  @Test("a number is looked for among labels before it is one of an option")
  func labelsFirst() throws {
    var field = Self.field(.dropdown)
    field.options = [CustomFieldOption(id: 1, label: "2"), CustomFieldOption(id: 2, label: "1")]
    #expect(try field.content("1") == "1")
    #expect(try field.content(2) == "2")
  }

  @Test("a field without options allows nothing but to be empty", arguments: [CustomFieldType.dropdown, .listBox])
  func noOptions(type: CustomFieldType) throws {
    var field = Self.field(type)
    field.options = []
    #expect(throws: ContactRefusal.self) { try field.content("Red") }
    #expect(try field.content("") == .null)
  }

  private static func field(_ type: CustomFieldType) -> CustomFieldDefinition {
    var options = [CustomFieldOption(id: 1, label: "Red"), CustomFieldOption(id: 2, label: "Blue")]
    if type == .radio { options.append(CustomFieldOption(id: 4, label: "3")) }
    if type == .drilldown { options[1].options = [CustomFieldOption(id: 3, label: "Navy")] }
    return CustomFieldDefinition(
      id: 12, label: "Colour", fieldName: "Colour", type: type, options: type.hasOptions ? options : [], groupID: 1,
      groupName: "Custom Fields")
  }
}
