import Wire

/// Tasks as Keap's REST v1 writes them: priorities and reminders as numbers, the contact as an object.
extension KeapV1 {
  /// Reads a request body. Whatever else a client read and sends back is left aside.
  /// - Parameter isWhole: takes what is missing for cleared, as a PUT means it.
  package static func taskChange(from body: JSON, isWhole: Bool = false) throws(ContactRefusal) -> TaskChange {
    let members = try KeapMembers(body, .v1)
    var change = TaskChange()
    change.contactID = try contactID(members).orCleared(isWhole)
    change.title = try members.text("title").orCleared(isWhole)
    change.description = try members.text("description", atMost: KeapMembers.mostOfText).orCleared(isWhole)
    change.type = try members.text("type").orCleared(isWhole)
    change.priority = try priority(members).orCleared(isWhole)
    change.isCompleted = try members.truth("completed")
    change.completedAt = try members.time("completion_date").orCleared(isWhole)
    change.dueAt = try members.time("due_date").orCleared(isWhole)
    change.remindMinutes = try members.reminder("remind_time").orCleared(isWhole)
    change.userID = try members.number("user_id")
    change.url = try members.text("url", atMost: 2048).orCleared(isWhole)
    change.funnelID = try members.number("funnel_id").orCleared(isWhole)
    change.campaignGraphID = try members.number("jgraph_id").orCleared(isWhole)
    return change
  }

  /// Of the contact only the number counts; one without it says nothing.
  private static func contactID(_ members: KeapMembers) throws(ContactRefusal) -> Change<Int64> {
    switch try members.object("contact") {
    case .absent: .absent
    case .null: .null
    case .set(let contact): try contact.number("id")
    }
  }

  private static func priority(_ members: KeapMembers) throws(ContactRefusal) -> Change<TaskPriority> {
    switch try members.number("priority", isIdentifier: false) {
    case .absent: return .absent
    case .null: return .null
    case .set(let number):
      guard let priority = TaskPriority(number: number) else { throw ContactRefusal("priority must be 1, 2 or 3") }
      return .set(priority)
    }
  }

  /// What has to hold of a task, before it is stored.
  package static func check(_ task: TaskItem) throws(ContactRefusal) {
    if task.title == nil, task.dueAt == nil { throw ContactRefusal("Task must contain a title or due date") }
  }

  /// Builds a task.
  package static func task(_ record: TaskRecord) -> JSON {
    let task = record.task
    var members: [String: JSON] = [
      "id": .integer(record.id), "completed": .bool(task.completedAt != nil),
      "creation_date": .string(KeapTime.v1(record.createdAt)),
      "modification_date": .string(KeapTime.v1(record.updatedAt)),
    ]
    members["contact"] = record.contact.map(basic)
    members["title"] = task.title.map(JSON.string)
    members["description"] = task.description.map(JSON.string)
    members["type"] = task.type.map(JSON.string)
    members["priority"] = (task.priority?.number).map(JSON.integer)
    members["completion_date"] = task.completedAt.map { .string(KeapTime.v1($0)) }
    members["due_date"] = task.dueAt.map { .string(KeapTime.v1($0)) }
    members["remind_time"] = task.remindMinutes.map(JSON.integer)
    members["user_id"] = task.userID.map(JSON.integer)
    members["url"] = task.url.map(JSON.string)
    members["funnel_id"] = task.funnelID.map(JSON.integer)
    members["jgraph_id"] = task.campaignGraphID.map(JSON.integer)
    return .object(members)
  }

  private static func basic(_ contact: BasicContact) -> JSON {
    var members: [String: JSON] = ["id": .integer(contact.id)]
    members["first_name"] = contact.givenName.map(JSON.string)
    members["last_name"] = contact.familyName.map(JSON.string)
    members["email"] = contact.email.map(JSON.string)
    return .object(members)
  }
}

extension KeapMembers {
  func reminder(_ key: String) throws(ContactRefusal) -> Change<Int64> {
    let change = try number(key, isIdentifier: false)
    guard let minutes = change.value else { return change }
    guard TaskItem.reminders.contains(minutes) else {
      throw ContactRefusal("\(key) must be one of \(TaskItem.reminders.map(String.init).joined(separator: ", "))")
    }
    return change
  }
}
