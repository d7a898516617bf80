import Contacts
import Store
import Wire

/// What a route checks of a whole task before it is stored.
package typealias TaskCheck = @Sendable (TaskItem) throws(ContactRefusal) -> Void

/// The tasks of the tenant's users. One that is about a contact ends with it.
extension TenantContacts {
  /// Where a task that is never due stands among due times: behind all that there are.
  private static let never = Int64.max

  /// - Throws: ``ContactFault/missing(_:)``, also for a task of another tenant.
  func requiredTask(_ id: Int64) throws -> Kept<TaskRecord> {
    let row = try db.row("SELECT * FROM tasks WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard let row else { throw ContactFault.missing(.task) }
    return try Kept(record(ofTask: row), row)
  }

  /// Those of the tasks that there are.
  func tasks(_ ids: [Int64]) throws -> [Int64: TaskRecord] {
    let records = try selected("* FROM tasks WHERE tenant_id", "id", ids).map(record(ofTask:))
    return Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  func add(_ task: TaskItem) throws -> TaskRecord {
    let (id, user) = (try nextID(), try actingUser())
    try db.execute(
      """
      INSERT INTO tasks (tenant_id, id, revision, contact_id, user_id, opportunity_id, title, title_form, description,
        task_type, priority, completed_at, due_at, remind_minutes, is_accepted, url, funnel_id, campaign_graph_id,
        custom_fields, created_at, updated_at, created_by, updated_by)
      VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20, $20)
      """,
      tenant, id, task.contactID, task.userID, task.opportunityID, task.title, NormalForm.name(task.title ?? ""),
      task.description, task.type, task.priority?.number, task.completedAt, task.dueAt ?? Self.never,
      task.remindMinutes, task.isAccepted, task.url, task.funnelID, task.campaignGraphID,
      task.customFields.stored, now, user)
    try keepValues(ofContents: task.customFields, id, .task, isNew: true)
    return try requiredTask(id).record
  }

  /// Changes the fields that `change` speaks of. A change that says nothing new writes nothing.
  ///
  /// - Parameter userName: what the request calls the user whom the task is assigned to.
  func change(
    _ kept: Kept<TaskRecord>, _ change: TaskChange, userName: String, _ check: TaskCheck
  ) throws -> TaskRecord {
    let old = kept.record
    var change = change
    try self.check(contact: change.contactID, was: old.task.contactID, "contact_id")
    try self.check(user: change.userID, was: old.task.userID, userName)
    change.customFields = try checked(change.customFields, of: .task, over: old.task.customFields)
    var new = change.applied(to: old.task, at: now.milliseconds)
    if new == old.task { return old }
    // What was kept without may stay without: the versions ask for different things.
    if (try? check(old.task)) != nil { try check(new) }
    new.customFields = old.model.defined(new.customFields)
    let changed = try db.execute(
      """
      UPDATE tasks SET revision = revision + 1, contact_id = $3, user_id = $4, opportunity_id = $5, title = $6,
        title_form = $7, description = $8, task_type = $9, priority = $10, completed_at = $11, due_at = $12,
        remind_minutes = $13, is_accepted = $14, url = $15, funnel_id = $16, campaign_graph_id = $17,
        custom_fields = $18, updated_at = $19, updated_by = $20
      WHERE tenant_id = $1 AND id = $2 AND revision = $21
      """,
      tenant, old.id, new.contactID, new.userID, new.opportunityID, new.title, NormalForm.name(new.title ?? ""),
      new.description, new.type, new.priority?.number, new.completedAt, new.dueAt ?? Self.never, new.remindMinutes,
      new.isAccepted, new.url, new.funnelID, new.campaignGraphID, new.customFields.stored, now,
      try actingUser(), kept.revision)
    guard changed == 1 else {
      throw StoreError.unavailable("task \(old.id) was changed by somebody else at the same time")
    }
    try keepValues(ofContents: new.customFields, old.id, .task, isNew: false)
    return try requiredTask(old.id).record
  }

  func deleteTask(_ id: Int64) throws {
    let deleted = try db.execute("DELETE FROM tasks WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard deleted == 1 else { throw ContactFault.missing(.task) }
  }

  /// The task with its contact as v1 tells of it. One contact is read at a time: it may be large, and only its name is wanted.
  func naming(_ record: TaskRecord) throws -> TaskRecord {
    guard let id = record.task.contactID else { return record }
    var record = record
    record.contact = BasicContact(id: id, contact: try bare(id))
    return record
  }

  private func record(ofTask row: Row) throws -> TaskRecord {
    var task = TaskItem()
    task.contactID = try row["contact_id"]
    task.title = try row["title"]
    task.description = try row["description"]
    task.type = try row["task_type"]
    task.priority = try (row["priority"] as Int64?).flatMap { TaskPriority(number: $0) }
    task.completedAt = try row["completed_at"]
    let dueAt: Int64 = try row["due_at"]
    task.dueAt = dueAt == Self.never ? nil : dueAt
    task.remindMinutes = try row["remind_minutes"]
    task.userID = try row["user_id"]
    task.opportunityID = try row["opportunity_id"]
    task.isAccepted = try row["is_accepted"]
    task.url = try row["url"]
    task.funnelID = try row["funnel_id"]
    task.campaignGraphID = try row["campaign_graph_id"]
    task.customFields = try contents(row)
    return TaskRecord(
      id: try row["id"], task: task, createdAt: try row["created_at"], updatedAt: try row["updated_at"],
      createdBy: try row["created_by"], updatedBy: try row["updated_by"], model: try customFields(of: .task))
  }

  func condition(_ filter: TaskFilter) throws -> ListCondition {
    switch filter {
    case .id(let comparison, let id): .id(comparison, id)
    case .ids(let ids): .ids(ids)
    case .contact(let id): .equal("contact_id", id, rank: 1)
    case .opportunity(let id): .equal("opportunity_id", id, rank: 2)
    case .title(let text, let isPrefix): .text("title_form", NormalForm.name(text), isPrefix: isPrefix, rank: 3)
    case .user(let id?): .equal("user_id", id, rank: 20)
    case .user(nil): ListCondition(column: "user_id", test: .isNull(true), rank: 21)
    case .priority(let priority): .equal("priority", priority.number, rank: nil)
    case .hasDueDate(let hasOne):
      ListCondition(column: "due_at", test: .compares(hasOne ? "<" : "=", .integer(Self.never)))
    case .isCompleted(let isCompleted): ListCondition(column: "completed_at", test: .isNull(!isCompleted))
    case .updatedFrom(let time): .updated(from: time)
    case .updatedUntil(let time): .updated(until: time)
    case .custom(let term): try found(by: term, .task)
    }
  }
}
