import Wire

/// One condition on tasks; those of a query hold together.
package enum TaskFilter: Hashable, Sendable {
  case id(FilterTerm.Comparison, Int64)
  case ids([Int64])
  /// A title, or what it begins with, compared in its normal form.
  case title(String, isPrefix: Bool)
  case contact(Int64)
  /// Whom it is assigned to; nil for nobody.
  case user(Int64?)
  case opportunity(Int64)
  case priority(TaskPriority)
  case hasDueDate(Bool)
  case isCompleted(Bool)
  /// Milliseconds since 1970, inclusive.
  case updatedFrom(Int64)
  /// Milliseconds since 1970, inclusive.
  case updatedUntil(Int64)
  /// A condition on a field that the tenant defined, or on nothing that there is.
  case custom(FilterTerm)
}

package enum TaskOrder: CaseIterable, Hashable, Sendable {
  case id
  case created
  case updated
  /// Those that are never due come last.
  case due
}

/// A request for a list of tasks, v1's or v2's, as values.
package struct TaskQuery: Hashable, Sendable {
  package var filters: [TaskFilter] = []
  package var order = TaskOrder.id
  package var page = PageRequest()
  /// v2's `fields`.
  package var properties: Set<String>?
  /// Whether the contacts of the tasks are wanted too, as v1 shows them.
  package var namesContacts = false

  package init() {}

  /// v1's parameters that say which tasks are meant, and in which order.
  package static let v1Parameters: Set<String> = [
    "completed", "contact_id", "has_due_date", "order", "since", "until", "user_id",
  ]

  private static let v1Orders: [(name: String, order: TaskOrder)] = [
    ("id", .id), ("creation_date", .created), ("modification_date", .updated), ("due_date", .due),
  ]

  /// Reads v1's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v1 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    namesContacts = true
    for (name, value) in parameters {
      if try page.read(v1: name, value) || value.isEmpty { continue }
      switch name {
      case "completed": filters.append(.isCompleted(try KeapDialect.truth(value, name)))
      case "has_due_date": filters.append(.hasDueDate(try KeapDialect.truth(value, name)))
      case "contact_id": filters.append(.contact(try KeapDialect.number(value, name)))
      case "user_id": filters.append(.user(try KeapDialect.number(value, name)))
      case "since": filters.append(.updatedFrom(try KeapTime.asked(value, name)))
      case "until": filters.append(.updatedUntil(try KeapTime.asked(value, name)))
      case "order": order = try PageRequest.order(v1: value, TaskQuery.v1Orders) ?? order
      default: continue
      }
    }
  }

  /// Whether it says whose tasks are meant.
  package var namesUser: Bool {
    filters.contains { if case .user = $0 { true } else { false } }
  }

  private static let v2Orders: [(name: String, order: TaskOrder)] = [
    ("id", .id), ("create_time", .created), ("due_time", .due), ("update_time", .updated),
  ]

  /// Reads v2's query parameters, already percent-decoded. Unknown ones are left aside, and empty ones say nothing.
  package init(v2 parameters: [(name: String, value: String)]) throws(ContactRefusal) {
    let asked = try ListParameters(v2: parameters, orders: TaskQuery.v2Orders, filter: TaskQuery.filter)
    (filters, order, page) = (asked.filters, asked.order ?? order, asked.page)
    properties = try KeapV2.optionalFields(asked.fields, of: "task")
  }

  private static let compared: Set<String> = [
    "contact_id", "has_due_date", "is_completed", "user_id", "opportunity_id", "task_ids", "priority", "since_time",
    "until_time", "title",
  ]

  private static func filter(_ term: FilterTerm) throws(ContactRefusal) -> TaskFilter {
    if term.name == "id" {
      guard term.comparison != .unequal else { throw ContactRefusal("filter: id cannot be compared with !=") }
      return .id(term.comparison, try term.number())
    }
    // Which other names there are is known where the tenant's tasks are.
    guard compared.contains(term.name) else { return .custom(term) }
    try term.requireEqual()
    switch term.name {
    case "contact_id": return .contact(try term.number())
    case "has_due_date": return .hasDueDate(try term.truth())
    case "is_completed": return .isCompleted(try term.truth())
    case "user_id": return try .user(term.value == "UNASSIGNED" ? nil : term.number())
    case "opportunity_id": return .opportunity(try term.number())
    case "task_ids": return .ids(try term.numbers())
    case "priority":
      guard let priority = TaskPriority(rawValue: term.value) else {
        throw ContactRefusal("filter: priority must be one of CRITICAL, ESSENTIAL, NONESSENTIAL")
      }
      return .priority(priority)
    case "title":
      let pattern = try term.pattern()
      return .title(pattern.text, isPrefix: pattern.isPrefix)
    case "since_time": return .updatedFrom(try term.time())
    default: return .updatedUntil(try term.time())
    }
  }
}
