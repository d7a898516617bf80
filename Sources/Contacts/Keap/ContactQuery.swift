import Foundation
import Wire

/// One condition on contacts; those of a query hold together.
package enum ContactFilter: Hashable, Sendable {
  package enum Text: String, CaseIterable, Sendable {
    case email
    case givenName = "given_name"
    case familyName = "family_name"
    case middleName = "middle_name"
  }

  package enum Comparison: String, CaseIterable, Sendable {
    case atLeast = ">="
    case atMost = "<="
    case equal = "=="
    case above = ">"
    case below = "<"
  }

  /// A text, compared in its normal form: `NormalForm.email` for the one in EMAIL1, `NormalForm.name` else.
  case text(Text, String, isPrefix: Bool)
  case company(Int64)
  case ids([Int64])
  case id(Comparison, Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedFrom(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedUntil(Int64)
}

package enum ContactOrder: String, CaseIterable, Hashable, Sendable {
  case id
  case created
  case updated
  case name
  case givenName
  case email
}

/// A list request, v1's or v2's, as values.
package struct ContactQuery: Hashable, Sendable {
  package static let mostPerPage = 1000

  package var filters: [ContactFilter] = []
  package var order = ContactOrder.id
  package var isDescending = false
  /// 1 to `mostPerPage`.
  package var limit = ContactQuery.mostPerPage
  /// v1's place in the list.
  package var offset = 0
  /// v2's place in the list, as the page before gave it.
  package var pageToken: String?
  /// Whether all that match are counted, on all pages: v1 says how many there are, v2 does not.
  package var isCounted = true
  /// v1's `optional_properties`, or v2's `fields`.
  package var properties: Set<String>?

  package init() {}

  // MARK: - v1

  private static let v1Orders: [(name: String, order: ContactOrder)] = [
    ("id", .id), ("date_created", .created), ("last_updated", .updated), ("name", .name), ("firstName", .givenName),
    ("email", .email),
  ]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    var optional: [String] = []
    for (name, value) in parameters {
      switch name {
      case "email", "given_name", "family_name":
        guard !value.isEmpty, let field = ContactFilter.Text(rawValue: name) else { continue }
        filters.append(.text(field, value, isPrefix: false))
      case "since": filters.append(.updatedFrom(try ContactQuery.time(value, name)))
      case "until": filters.append(.updatedUntil(try ContactQuery.time(value, name)))
      case "limit": limit = try ContactQuery.pageSize(value, name)
      case "offset":
        guard let number = Int(value), number >= 0, number <= Int(Int32.max) else {
          throw ContactRefusal("offset must be a number from 0")
        }
        offset = number
      case "order":
        guard let known = ContactQuery.v1Orders.first(where: { $0.name == value }) else {
          throw ContactRefusal("order must be one of \(ContactQuery.v1Orders.map(\.name).joined(separator: ", "))")
        }
        order = known.order
      case "order_direction":
        guard ["ASCENDING", "DESCENDING"].contains(value.uppercased()) else {
          throw ContactRefusal("order_direction must be ASCENDING or DESCENDING")
        }
        isDescending = value.uppercased() == "DESCENDING"
      case "optional_properties": optional.append(value)
      default: continue
      }
    }
    if !optional.isEmpty { properties = try KeapV1.optionalProperties(optional) }
  }

  /// These parameters as v1 writes them, with another offset: what `next` and `previous` hold.
  func v1Text(offset: Int) -> String {
    var pairs = [("limit", String(limit)), ("offset", String(offset))]
    for filter in filters {
      switch filter {
      case .text(let field, let value, _): pairs.append((field.rawValue, value))
      case .updatedFrom(let time): pairs.append(("since", KeapTime.v1(time)))
      case .updatedUntil(let time): pairs.append(("until", KeapTime.v1(time)))
      default: continue
      }
    }
    if let name = ContactQuery.v1Orders.first(where: { $0.order == order })?.name { pairs.append(("order", name)) }
    if isDescending { pairs.append(("order_direction", "DESCENDING")) }
    if let properties, !properties.isEmpty {
      pairs.append(("optional_properties", properties.sorted().joined(separator: ",")))
    }
    let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:,@")
    return pairs.map { "\($0.0)=\($0.1.addingPercentEncoding(withAllowedCharacters: plain) ?? "")" }
      .joined(separator: "&")
  }

  // MARK: - v2

  private static let v2Orders: [(name: String, order: ContactOrder)] = [
    ("id", .id), ("create_time", .created), ("email", .email), ("update_time", .updated),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    isCounted = false
    var fields: [String] = []
    for (name, value) in parameters {
      switch name {
      case "filter": filters += try ContactQuery.filters(value)
      case "order_by": try read(order: value)
      case "page_size": limit = try ContactQuery.pageSize(value, name)
      case "page_token": pageToken = value.isEmpty ? nil : value
      case "fields": fields.append(value)
      default: continue
      }
    }
    properties = try KeapV2.fields(fields)
  }

  private mutating func read(order text: String) throws(ContactRefusal) {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first, let known = ContactQuery.v2Orders.first(where: { $0.name == first }),
      words.count == 1 || words.count == 2 && ["asc", "desc"].contains(words[1].lowercased())
    else {
      let names = ContactQuery.v2Orders.map(\.name).joined(separator: ", ")
      throw ContactRefusal("order_by must be one of \(names), and asc or desc")
    }
    order = known.order
    isDescending = words.count == 2 && words[1].lowercased() == "desc"
  }

  private static func filters(_ text: String) throws(ContactRefusal) -> [ContactFilter] {
    var filters: [ContactFilter] = []
    let terms = text.split(separator: ";")
    guard terms.count <= 50 else { throw ContactRefusal("filter: at most 50 conditions") }
    for term in terms {
      guard let start = term.firstIndex(where: { "=<>".contains($0) }),
        let comparison = ContactFilter.Comparison.allCases.first(where: { term[start...].hasPrefix($0.rawValue) })
      else { throw ContactRefusal("filter: \(term) is not of the form field==value") }
      let name = NormalForm.trimmed(String(term[..<start]))
      let value = NormalForm.trimmed(String(term[start...].dropFirst(comparison.rawValue.count)))
      filters.append(try filter(name, comparison, value))
    }
    return filters
  }

  private static func filter(
    _ name: String, _ comparison: ContactFilter.Comparison, _ value: String
  ) throws(ContactRefusal) -> ContactFilter {
    func numbers() throws(ContactRefusal) -> [Int64] {
      let parts = value.split(separator: ",")
      let numbers = parts.compactMap { Int64(NormalForm.trimmed(String($0))) }
      guard !numbers.isEmpty, numbers.count == parts.count else {
        throw ContactRefusal("filter: \(name) must be a number")
      }
      return numbers
    }
    if name == "contact_id" || name == "id" {
      let ids = try numbers()
      return comparison == .equal ? .ids(ids) : .id(comparison, ids[0])
    }
    guard comparison == .equal else { throw ContactRefusal("filter: \(name) can only be compared with ==") }
    if let field = ContactFilter.Text(rawValue: name) {
      let isPrefix = value.hasSuffix("*")
      return .text(field, isPrefix ? String(value.dropLast()) : value, isPrefix: isPrefix)
    }
    switch name {
    case "company_id": return .company(try numbers()[0])
    case "ids", "contact_ids": return .ids(try numbers())
    case "start_update_time": return .updatedFrom(try time(value, "filter: \(name)"))
    case "end_update_time": return .updatedUntil(try time(value, "filter: \(name)"))
    default: throw ContactRefusal("filter: \(name) is not a field to filter by")
    }
  }

  // MARK: - Both

  /// Zero asks for the default.
  static func pageSize(_ text: String, _ name: String) throws(ContactRefusal) -> Int {
    guard let number = Int(text), (0...mostPerPage).contains(number) else {
      throw ContactRefusal("\(name) must be a number from 0 to \(mostPerPage)")
    }
    return number == 0 ? mostPerPage : number
  }

  static func time(_ text: String, _ name: String) throws(ContactRefusal) -> Int64 {
    guard let time = KeapTime.milliseconds(text) else {
      throw ContactRefusal("\(name) must be a time such as 2017-01-01T22:17:59.039Z")
    }
    return time
  }
}
