import Wire

/// Tasks as Keap's REST v2 writes them.
extension KeapV2 {
  /// Reads a request body.
  /// - Parameter mask: `update_mask`, the only keys that count.
  package static func taskChange(from body: JSON, mask: Set<String>? = nil) throws(ContactRefusal) -> TaskChange {
    let members = try KeapMembers(body, .v2, mask: mask)
    var change = TaskChange()
    change.contactID = try members.number("contact_id")
    change.title = try members.text("title")
    change.description = try members.text("description", atMost: KeapMembers.mostOfText)
    change.type = try members.text("type")
    change.priority = try priority(members)
    change.isCompleted = try members.truth("completed")
    change.completedAt = try members.time("completion_time")
    change.dueAt = try members.time("due_time")
    change.remindMinutes = try members.reminder("remind_time_mins")
    change.userID = try members.number("assigned_to_user_id")
    change.opportunityID = try members.number("opportunity_id")
    change.isAccepted = try members.truth("accepted")
    change.customFields = try members.customFields()
    return change
  }

  /// Reads the body of a new task, which names the user.
  package static func newTask(from body: JSON) throws(ContactRefusal) -> TaskChange {
    let change = try taskChange(from: body)
    guard change.userID.value != nil else { throw ContactRefusal("assigned_to_user_id is required") }
    return change
  }

  private static func priority(_ members: KeapMembers) throws(ContactRefusal) -> Change<TaskPriority> {
    switch try members.text("priority") {
    case .absent: return .absent
    case .null: return .null
    case .set(let text):
      guard let priority = TaskPriority(rawValue: text) else {
        let names = TaskPriority.allCases.map(\.rawValue).joined(separator: ", ")
        throw ContactRefusal("priority must be one of \(names)")
      }
      return .set(priority)
    }
  }

  /// Reads `update_mask` of tasks. Nil where none is named.
  package static func taskMask(_ values: [String]) throws(ContactRefusal) -> Set<String>? {
    try PropertyNames.read(
      values, parameter: "update_mask", as: "a property of a task",
      known: [
        "accepted", "assigned_to_user_id", "completed", "completion_time", "contact_id", "custom_fields", "description",
        "due_time", "id", "last_updated_by_user_id", "opportunity_id", "priority", "remind_time_mins", "title", "type",
      ])
  }

  /// Builds a task.
  /// - Parameter fields: what is asked for beside what is always there.
  package static func task(_ record: TaskRecord, fields: Set<String>?) -> JSON {
    let task = record.task, dialect = KeapDialect.v2
    var members: [String: JSON] = [
      "id": dialect.identifier(record.id), "completed": .bool(task.completedAt != nil),
      "accepted": .bool(task.isAccepted), "create_time": .string(KeapTime.v2(record.createdAt)),
      "modification_time": .string(KeapTime.v2(record.updatedAt)),
      "created_by_user_id": dialect.identifier(record.createdBy),
      "last_updated_by_user_id": dialect.identifier(record.updatedBy),
    ]
    members["title"] = task.title.map(JSON.string)
    members["description"] = task.description.map(JSON.string)
    members["type"] = task.type.map(JSON.string)
    members["priority"] = task.priority.map { .string($0.rawValue) }
    members["completion_time"] = task.completedAt.map { .string(KeapTime.v2($0)) }
    members["due_time"] = task.dueAt.map { .string(KeapTime.v2($0)) }
    members["remind_time_mins"] = task.remindMinutes.map(JSON.integer)
    members["assigned_to_user_id"] = task.userID.map(dialect.identifier)
    members["contact_id"] = task.contactID.map(dialect.identifier)
    members["opportunity_id"] = task.opportunityID.map(dialect.identifier)
    if fields?.contains("custom_fields") == true {
      members["custom_fields"] = dialect.customFields(record.model.shown(task.customFields))
    }
    return .object(members)
  }
}
