import Foundation
import Hummingbird
import Keeper
import OAuth
import Wire

/// What a job asks of the control plane with its key.
extension KeeperSite {
  func ready(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard await isReady() else { throw SiteFailure(.serviceUnavailable, retryAfter: 5, cause: "not ready") }
    return Response(status: .noContent)
  }

  /// The state of the connection that the key is for, and of no other; other keys are no business of its job's.
  func connections(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let key = key(request) else { return Self.unauthorized }
    return try .json(encoding: Listing(connections: [Shown(value: try await status(key))]))
  }

  /// The access token itself, for a job whose key says that it may see one (K22). A connection that is not there
  /// answers like one that the key is not for.
  func token(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let key = key(request) else { return Self.unauthorized }
    let connection = context.parameters.get("connection") ?? ""
    guard key.connection == connection else { return Self.otherConnection }
    guard key.handsOutTokens else {
      return Self.error(
        .forbidden, "no_token_for_this_key", "This key may call through the keeper and may not see the token.")
    }
    let outcome: Result<AccessToken, TokenUnavailable>
    let passage = gateway.passage(to: connection)
    if passage == nil {
      outcome = .failure(gateway.absence(of: connection))
    } else if let token = passage?.token {
      outcome = .success(token)
    } else {
      outcome = await withCheckedContinuation { continuation in
        gateway.token(for: connection, replacing: nil) { continuation.resume(returning: $0) }
      }
      // Meanwhile the key may be revoked, and the token another tenant's.
      guard let key = self.key(request), key.connection == connection, key.handsOutTokens else {
        return Self.unauthorized
      }
      if case .success(let token) = outcome, token.epoch != passage?.epoch { return Self.connectionChanged }
    }
    switch outcome {
    case .success(let token): return .json(handedOut(token))
    case .failure(.noSuchConnection): return Self.otherConnection
    case .failure(.needsApproval(let sentence)): return Self.error(.serviceUnavailable, "needs_approval", sentence)
    case .failure(.paused(let sentence)): return Self.error(.serviceUnavailable, "paused", sentence)
    case .failure(.temporarily(let sentence, let seconds)):
      return Self.retry(Self.error(.serviceUnavailable, "unavailable", sentence), after: seconds)
    case .failure(.notStale):
      return Self.retry(Self.error(.serviceUnavailable, "unavailable", "No token is at hand; try again."), after: 1)
    }
  }

  private func handedOut(_ token: AccessToken) -> JSON {
    [
      "access_token": .string(token.secret.exposed), "token_type": "bearer",
      "expires_in": .integer(max(0, (token.until - clock.now()).milliseconds / 1000)),
      "expires_at": .string(ISO8601.text(token.until.milliseconds)), "generation": .integer(token.generation),
    ]
  }

  /// The key in `Authorization: Bearer` or `X-API-Key`, if it is one of ours. Both fields at once count as none, whatever is in
  /// them.
  private func key(_ request: Request) -> APIKey? {
    let bearer = request.headers[.authorization].map { AuthScheme.bearer.word(in: $0) ?? "" }
    let given = [bearer, request.headers[.apiKey]].compactMap { $0 }
    return given.count == 1 ? gateway.key(presented: Secret(given[0])) : nil
  }

  private static var unauthorized: Response {
    var response = error(
      .unauthorized, "unauthorized", "Send an API key of this keeper as Authorization: Bearer or X-API-Key.")
    response.headers[.wwwAuthenticate] = BearerChallenge().headerValue
    return response
  }

  private static var otherConnection: Response {
    error(.forbidden, "not_your_connection", "This key is not for a connection of that name.")
  }

  private static var connectionChanged: Response {
    retry(
      error(
        .serviceUnavailable, "connection_changed", "The connection was changed while this call waited; send it again."),
      after: 1)
  }

  private static func retry(_ response: Response, after seconds: Int) -> Response {
    var response = response
    response.headers[.retryAfter] = String(seconds)
    return response
  }

  private struct Listing: Encodable { var connections: [Shown] }

  private struct Shown: Encodable {
    var value: any Encodable & Sendable
    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
  }
}
