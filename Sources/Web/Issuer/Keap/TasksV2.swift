import Contacts
import Hummingbird
import Issuer
import Wire

/// Tasks in REST v2, which asks for no member of a task but whose it is.
extension KeapAPI {
  func listTasksV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try TaskQuery(v2: parameters(request))
    let page = try await issuer.tasks(matching: query, by: caller(context))
    let tasks = page.records.map { KeapV2.task($0, fields: query.properties) }
    return .json(KeapV2.list("tasks", tasks, nextPageToken: page.nextPageToken))
  }

  func createTaskV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try taskFields(request)
    let change = try KeapV2.newTask(from: try await json(request))
    let record = try await issuer.createTask(
      change, userName: "assigned_to_user_id", check: { _ in }, by: caller(context))
    return .json(KeapV2.task(record, fields: fields), status: .created)
  }

  func readTaskV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try taskFields(request)
    let record = try await issuer.task(id(context, "Task"), by: caller(context))
    return try .record(KeapV2.task(record, fields: fields), record.entityTag, for: request)
  }

  func updateTaskV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let fields = try taskFields(request)
    let mask = try KeapV2.taskMask(request.query().values(of: "update_mask"))
    let change = try KeapV2.taskChange(from: try await json(request), mask: mask)
    let record = try await issuer.updateTask(
      id(context, "Task"), change, userName: "assigned_to_user_id", if: request.condition, check: { _ in },
      by: caller(context))
    return .record(KeapV2.task(record, fields: fields), record.entityTag)
  }

  private func taskFields(_ request: Request) throws -> Set<String>? {
    try KeapV2.optionalFields(request.query().values(of: "fields"), of: "task")
  }
}
