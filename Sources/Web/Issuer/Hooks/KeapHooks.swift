import Contacts
import HTTPTypes
import Hummingbird
import Issuer
import OAuth
import Wire

/// Keap's REST hooks, in REST v1 alone as there.
struct KeapHooks: Sendable {
  var keap: KeapAPI
  var sender: any HookSender

  func eventKeys(_ request: Request, _ context: SiteContext) throws -> Response {
    _ = try keap.caller(context)
    return .json(Hook.eventKeys)
  }

  func list(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(.array(try await keap.issuer.hooks(by: keap.caller(context)).map(\.json)))
  }

  func read(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(try await keap.issuer.hook(key(context), by: keap.caller(context)).json)
  }

  /// The answer has a member more than Keap's: the key that signs what the hook is sent.
  func create(_ request: Request, _ context: SiteContext) async throws -> Response {
    let caller = try keap.caller(context)
    let asked = try HookRequest(from: try await keap.json(request))
    let (unconfirmed, signingKey) = try await keap.issuer.addHook(asked, by: caller)
    let hook = try await keap.issuer.ask(unconfirmed, through: sender, by: caller)
    var members = hook.json.object ?? [:]
    members["signingSecret"] = .string(signingKey.exposed)
    return .json(.object(members))
  }

  func update(_ request: Request, _ context: SiteContext) async throws -> Response {
    let caller = try keap.caller(context)
    let asked = try HookRequest(from: try await keap.json(request))
    let unconfirmed = try await keap.issuer.changeHook(key(context), asked, by: caller)
    return .json(try await keap.issuer.ask(unconfirmed, through: sender, by: caller).json)
  }

  func delete(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await keap.issuer.deleteHook(key(context), by: keap.caller(context))
    return Response(status: .noContent)
  }

  func verify(_ request: Request, _ context: SiteContext) async throws -> Response {
    let caller = try keap.caller(context)
    let unconfirmed = try await keap.issuer.reopenHook(key(context), by: caller)
    return .json(try await keap.issuer.ask(unconfirmed, through: sender, by: caller).json)
  }

  func verifyLater(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let secret = request.headers[.hookSecret] else {
      throw KeapRefusal(.badRequest, "\(WebhookSender.secretField) is required")
    }
    return .json(
      try await keap.issuer.confirmHook(key(context), with: Secret(secret), by: keap.caller(context)).json)
  }

  private func key(_ context: SiteContext) -> String { context.parameters.get("key") ?? "" }
}

extension HTTPField.Name {
  fileprivate static let hookSecret = known("x-hook-secret")
}
