import Contacts
import Foundation
import Store

/// A page of a list.
package struct ContactPage: Sendable, Equatable {
  package var records: [ContactRecord]
  /// How many contacts match, on all pages.
  package var total: Int
  /// Where the next page begins; nil on the last one.
  package var nextPageToken: String?
}

extension Issuer {
  package func contacts(matching query: ContactQuery, by caller: Caller) async throws(ContactFault) -> ContactPage {
    try await reading(caller) { shelf in try shelf.page(of: query) }
  }
}

extension ContactShelf {
  func page(of query: ContactQuery) throws -> ContactPage {
    var statement = ListStatement(tenant: tenant)
    for filter in query.filters { statement.add(filter) }
    let count = try db.rows(
      "SELECT COUNT(*) AS total FROM contacts WHERE \(statement.condition)", values: statement.values
    ).first
    let total: Int = try count.orMissing("count")["total"]
    // Offsets count from the list's beginning, and a token stands for a place in it: a page has one or the other.
    if let token = query.pageToken {
      guard let place = ListPlace(token), place.fits(query.order) else {
        throw ContactFault.invalid("page_token is not one that this list gave")
      }
      statement.start(behind: place, query)
    }
    let direction = query.isDescending ? "DESC" : "ASC"
    let order = "\(query.order.expression) \(direction), id \(direction)"
    let limit = statement.bind(query.limit + 1)
    let offset = statement.bind(query.pageToken == nil ? query.offset : 0)
    let rows = try db.rows(
      """
      SELECT *, \(query.order.expression) AS place FROM contacts WHERE \(statement.condition)
      ORDER BY \(order) LIMIT \(limit) OFFSET \(offset)
      """,
      values: statement.values)
    let shown = rows.prefix(query.limit)
    let next = rows.count > query.limit ? try shown.last.map { try ListPlace($0, query.order).token } : nil
    return ContactPage(records: try shown.map(Self.record), total: total, nextPageToken: next)
  }
}

extension ContactOrder {
  /// Missing texts come first in either engine.
  fileprivate var expression: String {
    switch self {
    case .id: "id"
    case .created: "created_at"
    case .updated: "updated_at"
    case .name: "COALESCE(family_name, '') || ' ' || COALESCE(given_name, '')"
    case .givenName: "COALESCE(given_name, '')"
    case .email: "COALESCE(email, '')"
    }
  }

  fileprivate var isText: Bool { self == .name || self == .givenName || self == .email }
}

/// The last contact of a page, by what the list is sorted by.
private struct ListPlace {
  var value: Value
  var id: Int64

  init(_ row: Row, _ order: ContactOrder) throws {
    value = order.isText ? .text(try row["place"]) : .integer(try row["place"])
    id = try row["id"]
  }

  /// Reads a token: base64url of the id, a space, a letter for the kind, and the value.
  init?(_ token: String) {
    let base64 = token.replacing("-", with: "+").replacing("_", with: "/")
    let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
    guard let data = Data(base64Encoded: padded), let text = String(data: data, encoding: .utf8) else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let id = Int64(parts[0]), let kind = parts[1].first else { return nil }
    let rest = String(parts[1].dropFirst())
    switch kind {
    case "t": value = .text(rest)
    case "i":
      guard let number = Int64(rest) else { return nil }
      value = .integer(number)
    default: return nil
    }
    self.id = id
  }

  var token: String {
    let text =
      switch value {
      case .text(let text): "\(id) t\(text)"
      case .integer(let number): "\(id) i\(number)"
      default: "\(id)"
      }
    return Data(text.utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  func fits(_ order: ContactOrder) -> Bool {
    if case .text = value { order.isText } else { !order.isText }
  }
}

/// The conditions of a list, with every value bound and never spelled into the statement.
private struct ListStatement {
  private(set) var conditions: [String] = []
  private(set) var values: [Value] = []

  init(tenant: Int64) {
    let tenant = bind(tenant)
    conditions.append("tenant_id = \(tenant)")
  }

  var condition: String { conditions.joined(separator: " AND ") }

  mutating func bind(_ value: some Storable) -> String {
    values.append(value.stored)
    return "$\(values.count)"
  }

  mutating func add(_ filter: ContactFilter) {
    switch filter {
    case .text(let field, let text, let isPrefix):
      let column = field.rawValue
      let normal = field == .email ? NormalForm.email(text) : NormalForm.name(text)
      if isPrefix {
        // A range, so that the index serves: nothing sorts behind the last character there is.
        let (from, to) = (bind(normal), bind(normal + "\u{10FFFF}"))
        conditions.append("\(column) >= \(from) AND \(column) < \(to)")
      } else {
        conditions.append("\(column) = \(bind(normal))")
      }
    case .company(let id): conditions.append("company_id = \(bind(id))")
    case .ids(let ids): conditions.append("id IN (\(ids.map { bind($0) }.joined(separator: ", ")))")
    case .id(let comparison, let id):
      let sign = comparison == .equal ? "=" : comparison.rawValue
      conditions.append("id \(sign) \(bind(id))")
    case .updatedFrom(let time): conditions.append("updated_at >= \(bind(time))")
    case .updatedUntil(let time): conditions.append("updated_at <= \(bind(time))")
    }
  }

  mutating func start(behind place: ListPlace, _ query: ContactQuery) {
    let sign = query.isDescending ? "<" : ">"
    values.append(place.value)
    let value = "$\(values.count)"
    let id = bind(place.id)
    let expression = query.order.expression
    conditions.append("(\(expression) \(sign) \(value) OR (\(expression) = \(value) AND id \(sign) \(id)))")
  }
}
