import Contacts
import Store
import Wire

/// What a list goes through.
struct ListSource {
  /// What stands behind `FROM`.
  var tables: String
  /// The column of the tenant's number.
  var tenant = "tenant_id"
  /// The column of the number that is listed.
  var key = "id"
  /// A column that an entry has beside its number and its place.
  var more: String?
}

extension ListSource {
  /// All records of a kind. Its columns have the table's name: a condition on values has a tenant and a number of its own.
  init(_ kind: RecordKind) {
    self.init(tables: kind.rawValue, tenant: "\(kind.rawValue).tenant_id", key: "\(kind.rawValue).id")
  }
}

/// The statements of a list, with every value bound and never spelled into them. They find numbers and places; what is shown is
/// read by these.
///
/// The cost of a list grows with the rows that match, not with those that the tenant has. Where one condition names few rows,
/// the other conditions and the order are spelled so that no index serves them, and the engine looks up by that condition; the
/// table then has the column `revision`, which no index has.
struct ListStatement {
  struct Order {
    /// Nil for the number alone.
    var column: String?
    var isText = false
    var isDescending: Bool
  }

  let order: Order
  private let source: ListSource
  /// Whether a condition names few rows.
  private let isLed: Bool
  private var conditions: [String] = []
  private var bindings = Bindings()

  init(_ source: ListSource, tenant: Int64, _ asked: [ListCondition], order: Order) {
    self.source = source
    self.order = order
    let leading = asked.indices.filter { asked[$0].rank != nil }.min { (asked[$0].rank ?? 0) < (asked[$1].rank ?? 0) }
    isLed = leading != nil
    conditions.append("\(source.tenant) = \(bindings.bind(tenant))")
    for index in asked.indices { add(asked[index], tenant, leads: index == leading) }
    // Always true, on a column that no index has: an index that held every column asked for would be walked instead.
    if isLed { conditions.append("revision > 0") }
  }

  var values: [Value] { bindings.values }

  var count: String { "SELECT COUNT(*) AS total FROM \(source.tables) WHERE \(condition)" }

  private var condition: String { conditions.joined(separator: " AND ") }

  /// A page of the list. No condition can be added afterwards.
  mutating func page(limit: Int, offset: Int) -> String {
    let direction = order.isDescending ? "DESC" : "ASC"
    // The number is named once: no index has an order that names it twice.
    let sorting = order.column == nil ? "" : ", \(source.key) \(direction)"
    let more = source.more.map { ", \($0)" } ?? ""
    let (limit, offset) = (bindings.bind(limit), bindings.bind(offset))
    return """
      SELECT \(source.key) AS id, \(order.column ?? source.key) AS place\(more) FROM \(source.tables) WHERE \(condition)
      ORDER BY \(place) \(direction)\(sorting) LIMIT \(limit) OFFSET \(offset)
      """
  }

  mutating func start(behind last: ListPlace) {
    let sign = order.isDescending ? "<" : ">"
    if order.column == nil {
      conditions.append("\(place) \(sign) \(bindings.bind(last.id))")
    } else {
      let (value, id) = (bindings.bind(last.value), bindings.bind(last.id))
      conditions.append("(\(place), \(source.key)) \(sign) (\(value), \(id))")
      // An engine may not see in an index of an expression where the pair begins.
      if order.isText { conditions.append("\(place) \(sign)= \(value)") }
    }
  }

  /// What the list is sorted by: bare where its index is to serve.
  private var place: String { Self.spelled(order.column ?? source.key, isText: order.isText, isBare: !isLed) }

  /// A column, bare or in an expression that no index serves.
  private static func spelled(_ column: String, isText: Bool, isBare: Bool) -> String {
    isBare ? column : column + (isText ? " || ''" : " + 0")
  }

  /// Where it leads, the engine goes from the values to their records; else it looks at the values of each record that it has
  /// found.
  private mutating func holds(_ search: SearchCondition, of kind: RecordKind, _ tenant: Int64, leads: Bool) -> String {
    let fields = search.fields.map { bindings.bind($0.name) }.joined(separator: ", ")
    let test =
      switch search.test {
      case .compares(let comparison, let value): "v.value \(comparison.sign) \(bindings.bind(value))"
      case .startsWith(let text): starts("v.value", text)
      }
    let values = "FROM \(kind.valueTable) v WHERE v.field IN (\(fields)) AND \(test)"
    return leads
      ? "\(source.key) IN (SELECT v.\(kind.valueKey) \(values) AND v.tenant_id = \(bindings.bind(tenant)))"
      : "EXISTS (SELECT 1 \(values) AND v.tenant_id = \(source.tenant) AND v.\(kind.valueKey) = \(source.key))"
  }

  /// A range, so that an index serves: nothing sorts behind the last character there is.
  private mutating func starts(_ column: String, _ text: String) -> String {
    let (from, to) = (bindings.bind(text), bindings.bind(text + "\u{10FFFF}"))
    return "\(column) >= \(from) AND \(column) < \(to)"
  }

  private mutating func add(_ condition: ListCondition, _ tenant: Int64, leads: Bool) {
    let column = Self.spelled(condition.column, isText: condition.isText, isBare: leads || !isLed)
    switch condition.test {
    case .compares(let sign, let value): conditions.append("\(column) \(sign) \(bindings.bind(value))")
    case .startsWith(let text): conditions.append(starts(column, text))
    case .contains(let text):
      let plain = text.spelling(["\\": "\\\\", "%": "\\%", "_": "\\_"])
      conditions.append("\(column) LIKE \(bindings.bind("%\(plain)%")) ESCAPE '\\'")
    case .isOneOf(let ids): conditions.append("\(column) IN (\(bindings.list(ids)))")
    case .isNull(let isNull): conditions.append("\(column) IS \(isNull ? "" : "NOT ")NULL")
    case .holds(let search, let kind): conditions.append(holds(search, of: kind, tenant, leads: leads))
    case .isNothing: conditions.append("FALSE")
    }
  }
}
