import Wire

/// One condition on contacts; those of a query hold together.
package enum ContactFilter: Hashable, Sendable {
  package enum Text: String, CaseIterable, Sendable {
    case email
    case givenName = "given_name"
    case familyName = "family_name"
    case middleName = "middle_name"
  }

  /// A text, compared in its normal form: `NormalForm.email` for the one in EMAIL1, `NormalForm.name` else.
  case text(Text, String, isPrefix: Bool)
  case company(Int64)
  case ids([Int64])
  case id(FilterTerm.Comparison, Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedFrom(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedUntil(Int64)
  /// A value that contacts are found by.
  case search(SearchCondition)
  /// A condition on a field that the tenant defined, or on nothing that there is.
  case custom(FilterTerm)
  /// True of no contact.
  case nobody
}

package enum ContactOrder: String, CaseIterable, Hashable, Sendable {
  case id
  case created
  case updated
  case name
  case givenName
  case email
}

/// A request for a list of contacts, v1's or v2's, as values.
package struct ContactQuery: Hashable, Sendable {
  package var filters: [ContactFilter] = []
  package var order = ContactOrder.id
  package var page = PageRequest()
  /// v1's `optional_properties`, or v2's `fields`.
  package var properties: Set<String>?

  package init() {}

  /// v1's parameters that say which contacts are meant, and how they are shown.
  package static let v1Parameters: Set<String> = [
    "email", "family_name", "given_name", "optional_properties", "order", "order_direction", "since", "until",
  ]

  private static let v1Orders: [(name: String, order: ContactOrder)] = [
    ("id", .id), ("date_created", .created), ("last_updated", .updated), ("name", .name), ("firstName", .givenName),
    ("email", .email),
  ]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    var optional: [String] = []
    for (name, value) in parameters where !value.isEmpty {
      if try page.read(v1: name, value) { continue }
      switch name {
      case "email": filters.append(.text(.email, value, isPrefix: false))
      case "given_name": filters.append(.text(.givenName, value, isPrefix: false))
      case "family_name": filters.append(.text(.familyName, value, isPrefix: false))
      case "since": filters.append(.updatedFrom(try KeapTime.asked(value, name)))
      case "until": filters.append(.updatedUntil(try KeapTime.asked(value, name)))
      case "order": order = try PageRequest.order(v1: value, ContactQuery.v1Orders) ?? order
      case "order_direction": try page.read(v1Direction: value)
      case "optional_properties": optional.append(value)
      default: continue
      }
    }
    if !optional.isEmpty { properties = try KeapV1.optionalProperties(optional) }
  }

  private static let v2Orders: [(name: String, order: ContactOrder)] = [
    ("id", .id), ("create_time", .created), ("email", .email), ("update_time", .updated),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    var phone = PhoneSearch()
    let asked: ListParameters<ContactFilter?, ContactOrder> = try ListParameters(
      v2: parameters, orders: ContactQuery.v2Orders
    ) { term throws(ContactRefusal) in try phone.read(term) ? nil : try ContactQuery.filter(term) }
    (order, page) = (asked.order ?? order, asked.page)
    filters = try asked.filters.compactMap(\.self) + phone.conditions
    properties = try KeapV2.fields(asked.fields)
  }

  private static func filter(_ term: FilterTerm) throws(ContactRefusal) -> ContactFilter {
    if term.name == "contact_id" || term.name == "id" {
      if term.comparison == .equal { return .ids(try term.numbers()) }
      guard term.comparison != .unequal else {
        throw ContactRefusal("filter: \(term.name) cannot be compared with !=")
      }
      return .id(term.comparison, try term.number())
    }
    let (text, place) = (ContactFilter.Text(rawValue: term.name), addressFields[term.name])
    let isKnown = text != nil || place != nil || patterns[term.name] != nil || others.contains(term.name)
    // A field of the tenant's may have any other name. Which there are is known where its contacts are.
    guard isKnown else { return .custom(term) }
    try term.requireEqual()
    if let place { return .search(SearchCondition([place], .compares(.equal, NormalForm.name(try term.text())))) }
    switch term.name {
    case "company_id": return .company(try term.number())
    case "contact_ids", "ids": return .ids(try term.numbers())
    case "start_update_time": return .updatedFrom(try term.time())
    case "end_update_time": return .updatedUntil(try term.time())
    default: break
    }
    let pattern = try term.beginning()
    if let text { return .text(text, pattern.text, isPrefix: pattern.isPrefix) }
    guard let field = patterns[term.name] else { return .nobody }
    let form = NormalForm.name(pattern.text)
    return .search(SearchCondition([field], pattern.isPrefix ? .startsWith(form) : .compares(.equal, form)))
  }

  /// What is neither a text nor a place. A lead source has a name where there are lead sources, and here there are none.
  private static let others: Set<String> = [
    "company_id", "contact_ids", "end_update_time", "ids", "lead_source_name", "start_update_time",
  ]

  /// What may be compared by its beginning, too. The primary address is the one for bills.
  private static let patterns: [String: SearchField] = [
    "city": .address(.billing, .locality), "state": .address(.billing, .region), "website": .website,
  ]

  /// Such as `shipping_address_locality`.
  private static let addressFields: [String: SearchField] = {
    var fields: [String: SearchField] = [:]
    for slot in PostalAddress.Slot.allCases {
      for part in SearchField.AddressPart.allCases {
        fields["\(slot.rawValue.lowercased())_address_\(part.rawValue)"] = .address(slot, part)
      }
    }
    return fields
  }()
}

/// The two conditions of v2 that make one: which number, and in which slots.
private struct PhoneSearch {
  private var numbers: [String] = []
  private var slots: [PhoneNumber.Slot] = []

  /// False where a condition is about something else.
  mutating func read(_ term: FilterTerm) throws(ContactRefusal) -> Bool {
    guard term.name == "phone_number" || term.name == "phone_fields" else { return false }
    try term.requireEqual()
    if term.name == "phone_number" {
      let text = try term.text(), digits = NormalForm.phone(text)
      guard !digits.isEmpty, !text.contains("*") else {
        throw ContactRefusal("filter: phone_number must be a whole telephone number")
      }
      numbers.append(digits)
      return true
    }
    for name in try term.text().split(separator: ",") {
      guard let slot = PhoneNumber.Slot(rawValue: NormalForm.trimmed(String(name)).uppercased()) else {
        let names = PhoneNumber.Slot.allCases.map(\.rawValue).joined(separator: ", ")
        throw ContactRefusal("filter: phone_fields must be some of \(names)")
      }
      if !slots.contains(slot) { slots.append(slot) }
    }
    return true
  }

  var conditions: [ContactFilter] {
    get throws(ContactRefusal) {
      guard numbers.isEmpty == slots.isEmpty else {
        throw ContactRefusal("filter: phone_number and phone_fields need each other")
      }
      return numbers.map { .search(SearchCondition(slots.map(SearchField.phone), .compares(.equal, $0))) }
    }
  }
}
