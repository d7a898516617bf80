import Contacts
import Hummingbird
import Issuer
import Wire

/// The tenant's members, in REST v1 and v2.
extension KeapAPI {
  func listUsersV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try UserQuery(v1: parameters(request))
    let page = try await issuer.members(matching: query, by: caller(context))
    return try list("users", page, query.page, at: "users", request, UserQuery.v1Parameters) { KeapV1.user($0) }
  }

  func listUsersV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    let query = try UserQuery(v2: parameters(request))
    let page = try await issuer.members(matching: query, by: caller(context))
    return .json(KeapV2.list("users", page.records.map(KeapV2.user), nextPageToken: page.nextPageToken))
  }

  func readUserV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(KeapV2.user(try await user(context)))
  }

  /// Nobody has one: signatures are written in Keap's own pages.
  func readUserSignature(_ request: Request, _ context: SiteContext) async throws -> Response {
    _ = try await user(context)
    return .json("")
  }

  func createUserV1(_ request: Request, _ context: SiteContext) throws -> Response {
    _ = try caller(context)
    throw usersAreTheOperators
  }

  func updateUserV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    _ = try await user(context)
    throw usersAreTheOperators
  }

  private func user(_ context: SiteContext) async throws -> UserRecord {
    try await issuer.member(id(context, "User"), by: caller(context))
  }

  private var usersAreTheOperators: KeapRefusal {
    KeapRefusal(.forbidden, "Users are made and changed by the operator of this server and by no app")
  }
}
