/// What a custom field can hold: v2's spelling is the raw value.
package enum CustomFieldType: String, CaseIterable, Hashable, Sendable {
  case currency = "CURRENCY"
  case date = "DATE"
  case dateTime = "DATE_TIME"
  case dayOfWeek = "DAY_OF_WEEK"
  case decimalNumber = "DECIMAL_NUMBER"
  case drilldown = "DRILLDOWN"
  case dropdown = "DROPDOWN"
  case email = "EMAIL"
  case listBox = "LIST_BOX"
  case month = "MONTH"
  case name = "NAME"
  case percent = "PERCENT"
  case phoneNumber = "PHONE_NUMBER"
  case radio = "RADIO"
  case socialSecurityNumber = "SOCIAL_SECURITY_NUMBER"
  case state = "STATE"
  case text = "TEXT"
  case textArea = "TEXT_AREA"
  case user = "USER"
  case userListBox = "USER_LIST_BOX"
  case website = "WEBSITE"
  case wholeNumber = "WHOLE_NUMBER"
  case year = "YEAR"
  case yesNo = "YES_NO"

  /// Whether the tenant says what can be chosen.
  package var hasOptions: Bool {
    switch self {
    case .drilldown, .dropdown, .listBox, .radio: true
    default: false
    }
  }
}
