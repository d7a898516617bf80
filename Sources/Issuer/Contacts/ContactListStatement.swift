import Contacts
import Store

/// The statements of a list, with every value bound and never spelled into them.
///
/// The cost of a list grows with the contacts that match, not with those that the tenant has. Where one condition names few
/// contacts, the other conditions and the order are spelled so that no index serves them, and the engine looks up by that
/// condition. Only a list of all contacts that is sorted by a text goes through the tenant's index for each page.
struct ContactListStatement {
  private let query: ContactQuery
  /// The condition that names the fewest contacts, if any does.
  private let leading: ContactFilter?
  private var conditions: [String] = []
  private var bindings = Bindings()

  init(tenant: Int64, _ query: ContactQuery) {
    self.query = query
    leading = query.filters.filter { $0.rank != nil }.min { ($0.rank ?? 0) < ($1.rank ?? 0) }
    conditions.append("tenant_id = \(bindings.bind(tenant))")
    for filter in query.filters { add(filter) }
    // Always true, on a column that no index has: an index that held every column asked for would be walked instead.
    if leading != nil { conditions.append("revision > 0") }
  }

  var values: [Value] { bindings.values }

  var count: String { "SELECT COUNT(*) AS total FROM contacts WHERE \(condition)" }

  private var condition: String { conditions.joined(separator: " AND ") }

  /// A page of the list. The inner query finds which contacts are shown, and only those are read whole. No condition can be
  /// added afterwards.
  mutating func page(limit: Int, offset: Int) -> String {
    let (place, direction) = (query.order.expression, query.isDescending ? "DESC" : "ASC")
    let suffix = leading == nil ? "" : " + 0"
    // The id is named once: no index has an order that names it twice.
    let sorting =
      switch query.order {
      case .id: "id\(suffix) \(direction)"
      case .created, .updated: "\(place)\(suffix) \(direction), id \(direction)"
      case .name, .givenName, .email: "\(place) \(direction), id \(direction)"
      }
    let (limit, offset) = (bindings.bind(limit), bindings.bind(offset))
    return """
      SELECT c.*, p.place FROM (
        SELECT tenant_id, id, \(place) AS place FROM contacts WHERE \(condition)
        ORDER BY \(sorting) LIMIT \(limit) OFFSET \(offset)
      ) p CROSS JOIN contacts c ON c.tenant_id = p.tenant_id AND c.id = p.id
      ORDER BY p.place \(direction), p.id \(direction)
      """
  }

  mutating func start(behind place: ContactListPlace) {
    let sign = query.isDescending ? "<" : ">"
    switch query.order {
    case .id: conditions.append("\(column("id", of: nil)) \(sign) \(bindings.bind(place.id))")
    default:
      let (value, id) = (bindings.bind(place.value), bindings.bind(place.id))
      let expression = query.order.isText ? query.order.expression : column(query.order.expression, of: nil)
      conditions.append("(\(expression), id) \(sign) (\(value), \(id))")
    }
  }

  /// A column to compare with: bare where its index is to serve, else in an expression that no index serves.
  private func column(_ name: String, of filter: ContactFilter?, isText: Bool = false) -> String {
    leading == nil || filter == leading ? name : name + (isText ? " || ''" : " + 0")
  }

  private mutating func add(_ filter: ContactFilter) {
    switch filter {
    case .text(let field, let text, let isPrefix):
      let column = column(field.rawValue, of: filter, isText: true)
      let normal = field == .email ? NormalForm.email(text) : NormalForm.name(text)
      if isPrefix {
        // A range, so that the index serves: nothing sorts behind the last character there is.
        let (from, to) = (bindings.bind(normal), bindings.bind(normal + "\u{10FFFF}"))
        conditions.append("\(column) >= \(from) AND \(column) < \(to)")
      } else {
        conditions.append("\(column) = \(bindings.bind(normal))")
      }
    case .company(let id): conditions.append("\(column("company_id", of: filter)) = \(bindings.bind(id))")
    case .ids(let ids):
      conditions.append("\(column("id", of: filter)) IN (\(ids.map { bindings.bind($0) }.joined(separator: ", ")))")
    case .id(let comparison, let id):
      let sign = comparison == .equal ? "=" : comparison.rawValue
      conditions.append("\(column("id", of: filter)) \(sign) \(bindings.bind(id))")
    case .updatedFrom(let time): conditions.append("\(column("updated_at", of: filter)) >= \(bindings.bind(time))")
    case .updatedUntil(let time): conditions.append("\(column("updated_at", of: filter)) <= \(bindings.bind(time))")
    }
  }
}

extension ContactFilter {
  /// How few contacts it names, the fewest first; nil for what may be true of all.
  fileprivate var rank: Int? {
    switch self {
    case .ids, .id(.equal, _): 0
    case .text(.email, _, false): 1
    case .text(.familyName, _, false): 2
    case .text(.middleName, _, false): 3
    case .text(.givenName, _, false): 4
    case .company: 5
    case .text(let field, let text, true) where !text.isEmpty: field == .email ? 6 : 7
    case .text, .id, .updatedFrom, .updatedUntil: nil
    }
  }
}

extension ContactOrder {
  /// A missing text sorts as an empty one, so it comes first in SQLite and PostgreSQL alike.
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

  var isText: Bool { self == .name || self == .givenName || self == .email }
}
