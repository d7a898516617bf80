import Contacts

extension Issuer {
  /// Adds a task, for the caller unless `change` says for whom.
  ///
  /// - Parameter userName: what the request calls the user whom the task is assigned to.
  package func createTask(
    _ change: TaskChange, userName: String, check: @escaping TaskCheck, by caller: Caller
  ) async throws(ContactFault) -> TaskRecord {
    try await writing(caller) { shelf in
      var change = change
      if change.userID.value == nil { change.userID = .set(caller.userID) }
      try shelf.check(contact: change.contactID, was: nil, "contact_id")
      try shelf.check(user: change.userID, was: nil, userName)
      change.customFields = try shelf.checked(change.customFields, of: .task)
      let task = change.applied(to: TaskItem(), at: shelf.now.milliseconds)
      try check(task)
      return try shelf.naming(try shelf.add(task))
    }
  }

  /// Changes the fields that `change` speaks of.
  package func updateTask(
    _ id: Int64, _ change: TaskChange, userName: String, if condition: RecordCondition = RecordCondition(),
    check: @escaping TaskCheck, by caller: Caller
  ) async throws(ContactFault) -> TaskRecord {
    try await writing(caller) { shelf in
      let old = try shelf.requiredTask(id)
      try condition.check(try shelf.naming(old.record).entityTag)
      return try shelf.naming(try shelf.change(old, change, userName: userName, check))
    }
  }

  package func task(_ id: Int64, by caller: Caller) async throws(ContactFault) -> TaskRecord {
    try await reading(caller) { shelf in try shelf.naming(try shelf.requiredTask(id).record) }
  }

  package func deleteTask(
    _ id: Int64, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try condition.check(try shelf.naming(try shelf.requiredTask(id).record).entityTag)
      try shelf.deleteTask(id)
    }
  }

  package func tasks(
    matching query: TaskQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<TaskRecord> {
    try await reading(caller) { shelf in
      let order = ListStatement.Order(column: query.order.column, isDescending: query.page.isDescending)
      let list = ListStatement(
        ListSource(.task), tenant: shelf.tenant, try query.filters.map(shelf.condition), order: order)
      return try shelf.page(of: list, query.page) { ids in
        let tasks = try shelf.tasks(ids)
        return query.namesContacts ? try tasks.mapValues(shelf.naming) : tasks
      }
    }
  }
}

extension TaskOrder {
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .created: "created_at"
    case .updated: "updated_at"
    case .due: "due_at"
    }
  }
}
