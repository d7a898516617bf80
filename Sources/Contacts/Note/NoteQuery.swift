import Wire

/// One condition on notes; those of a query hold together.
package enum NoteFilter: Hashable, Sendable {
  case id(FilterTerm.Comparison, Int64)
  case ids([Int64])
  /// A text that the title begins with, in normal form.
  case titleStarts(String)
  /// A text that is somewhere in the title, in normal form.
  case titleContains(String)
  case contact(Int64)
  /// Whom it is assigned to.
  case user(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedFrom(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedUntil(Int64)
  /// A condition on a field that the tenant defined, or on nothing that there is.
  case custom(FilterTerm)
}

package enum NoteOrder: CaseIterable, Hashable, Sendable {
  case id
  case created
  case updated
}

/// A request for a list of notes, v1's or v2's, as values.
package struct NoteQuery: Hashable, Sendable {
  package var filters: [NoteFilter] = []
  package var order = NoteOrder.id
  package var page = PageRequest()
  /// v2's `fields`.
  package var properties: Set<String>?

  package init() {}

  /// v1's parameters that say which notes are meant.
  package static let v1Parameters: Set<String> = ["contact_id", "user_id"]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    for (name, value) in parameters {
      if try page.read(v1: name, value) || value.isEmpty { continue }
      switch name {
      case "contact_id": filters.append(.contact(try KeapDialect.number(value, name)))
      case "user_id": filters.append(.user(try KeapDialect.number(value, name)))
      default: continue
      }
    }
  }

  private static let v2Orders: [(name: String, order: NoteOrder)] = [
    ("id", .id), ("create_time", .created), ("update_time", .updated),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    let asked = try ListParameters(v2: parameters, orders: NoteQuery.v2Orders, filter: NoteQuery.filter)
    (filters, order, page) = (asked.filters, asked.order ?? order, asked.page)
    properties = try KeapV2.optionalFields(asked.fields, of: "note")
    let kinds = filters.map {
      switch $0 {
      case .id: "id"
      case .ids: "ids"
      default: ""
      }
    }
    if kinds.contains("id"), kinds.contains("ids") {
      throw ContactRefusal("filter: id and ids cannot be given together")
    }
  }

  private static func filter(_ term: FilterTerm) throws(ContactRefusal) -> NoteFilter {
    if term.name == "id" { return .id(term.comparison, try term.number()) }
    // Which other names there are is known where the tenant's notes are.
    guard ["ids", "title", "contact_id", "assigned_to_user_id", "since_time", "until_time"].contains(term.name) else {
      return .custom(term)
    }
    try term.requireEqual()
    switch term.name {
    case "ids": return .ids(try term.numbers())
    case "title":
      let pattern = try term.pattern()
      return pattern.isPrefix ? .titleStarts(pattern.text) : .titleContains(pattern.text)
    case "contact_id": return .contact(try term.number())
    case "assigned_to_user_id": return .user(try term.number())
    case "since_time": return .updatedFrom(try term.time())
    default: return .updatedUntil(try term.time())
    }
  }
}
