import Contacts
import Hummingbird
import Issuer
import Wire

/// Tasks in REST v1.
extension KeapAPI {
  func listTasksV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await listTasks(request, try TaskQuery(v1: parameters(request)), at: "tasks", context)
  }

  /// Those of the caller, unless the query says whose.
  func searchTasksV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    var query = try TaskQuery(v1: parameters(request))
    if !query.namesUser { query.filters.append(.user(try caller(context).userID)) }
    return try await listTasks(request, query, at: "tasks/search", context)
  }

  private func listTasks(
    _ request: Request, _ query: TaskQuery, at path: String, _ context: SiteContext
  ) async throws -> Response {
    let page = try await issuer.tasks(matching: query, by: caller(context))
    return try list("tasks", page, query.page, at: path, request, TaskQuery.v1Parameters) { KeapV1.task($0) }
  }

  /// Keap answers 200 here, and not 201.
  func createTaskV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let change = try KeapV1.taskChange(from: try await json(request))
    let record = try await issuer.createTask(
      change, userName: "user_id", check: KeapV1.check, by: caller(context))
    return .json(KeapV1.task(record))
  }

  func readTaskV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let record = try await issuer.task(id(context, "Task"), by: caller(context))
    return try .record(KeapV1.task(record), record.entityTag, for: request)
  }

  /// Whose task it is: the caller's, unless the body says it.
  func replaceTaskV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    var change = try KeapV1.taskChange(from: try await json(request), isWhole: true)
    if change.userID.value == nil { change.userID = .set(try caller(context).userID) }
    return try await updateTask(change, request, context)
  }

  func updateTaskV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await updateTask(try KeapV1.taskChange(from: try await json(request)), request, context)
  }

  private func updateTask(
    _ change: TaskChange, _ request: Request, _ context: SiteContext
  ) async throws -> Response {
    let record = try await issuer.updateTask(
      id(context, "Task"), change, userName: "user_id", if: request.condition, check: KeapV1.check,
      by: caller(context))
    return .record(KeapV1.task(record), record.entityTag)
  }

  func deleteTask(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await issuer.deleteTask(id(context, "Task"), if: request.condition, by: caller(context))
    return Response(status: .noContent)
  }
}
