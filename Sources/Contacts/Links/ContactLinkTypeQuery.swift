package enum ContactLinkTypeOrder: CaseIterable, Hashable, Sendable {
  case id
  case name
  case mostLinks
  case created
}

/// A request for v2's list of link types, as values.
package struct ContactLinkTypeQuery: Hashable, Sendable {
  /// In normal form. All must be a type's name.
  package var names: [String] = []
  package var order = ContactLinkTypeOrder.id
  package var page = PageRequest()

  package init() {}

  private static let orders: [(name: String, order: ContactLinkTypeOrder)] = [
    ("name", .name), ("max_links", .mostLinks), ("create_time", .created),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    let asked = try ListParameters(v2: parameters, orders: Self.orders) { term throws(ContactRefusal) in
      guard term.name == "name" else { throw term.unknown() }
      try term.requireEqual()
      return NormalForm.name(try term.text())
    }
    (names, order, page) = (asked.filters, asked.order ?? order, asked.page)
  }
}
