/// What the query parameters of one of v2's lists say: which entries are meant, in which order, which page of them, and with
/// which of their fields.
struct ListParameters<Filter, Order> {
  /// They hold together.
  private(set) var filters: [Filter] = []
  /// Nil where none is named.
  private(set) var order: Order?
  private(set) var page = PageRequest(isCounted: false)
  /// The values of `fields`, as they are written.
  private(set) var fields: [String] = []

  /// Reads them, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  /// - Parameters:
  ///   - orders: what `order_by` may name.
  ///   - filter: what one condition of `filter` means in this list.
  init(
    v2 parameters: [(name: String, value: String)], orders: [(name: String, order: Order)],
    filter: (FilterTerm) throws(ContactRefusal) -> Filter
  ) throws(ContactRefusal) {
    for (name, value) in parameters {
      if try page.read(v2: name, value) { continue }
      switch name {
      case "filter": for term in try FilterTerm.terms(value) { filters.append(try filter(term)) }
      case "order_by": order = try page.order(v2: value, orders) ?? order
      case "fields": fields.append(value)
      default: continue
      }
    }
  }
}
