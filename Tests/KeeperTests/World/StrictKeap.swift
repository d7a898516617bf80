import Foundation
import KeeperKit
import Synchronization
import TestKit

@testable import Keeper
@testable import Wire

/// A token endpoint as strict as Keap's: a refresh token works once and for 45 days, and whoever presents a spent one ends the
/// grant for everybody.
final class StrictKeap: TokenEndpoint {
  private struct State {
    var current = "r1"
    var issuedAt: Timestamp
    var isAlive = true
    var rotations = 0
    var requests = 0
    var disturbances: [@Sendable (TokenEndpointRequest) async -> TokenEndpointAnswer?] = []
    var secret: String?
  }

  private let time: VirtualTime
  private let state: Mutex<State>

  init(_ time: VirtualTime, secret: String? = nil) {
    self.time = time
    state = Mutex(State(issuedAt: time.now, secret: secret))
  }

  var isAlive: Bool { state.withLock(\.isAlive) }
  var rotations: Int { state.withLock(\.rotations) }
  var requests: Int { state.withLock(\.requests) }
  var access: String { state.withLock { "a\($0.rotations + 1)" } }

  /// Happens to the next request before it arrives; an answer is given instead of it.
  func disturb(_ disturbance: @escaping @Sendable (TokenEndpointRequest) async -> TokenEndpointAnswer?) {
    state.withLock { $0.disturbances.append(disturbance) }
  }

  func answerFor(_ provider: ScriptedProvider) { provider.otherwise { await self.post($0) } }

  func revoke() { state.withLock { $0.isAlive = false } }

  func post(_ request: TokenEndpointRequest) async -> TokenEndpointAnswer {
    let disturbance = state.withLock { state in
      state.requests += 1
      return state.disturbances.isEmpty ? nil : state.disturbances.removeFirst()
    }
    if let answer = await disturbance?(request) { return answer }
    return answer(request)
  }

  /// What the provider itself does with a request that has arrived.
  func answer(_ request: TokenEndpointRequest) -> TokenEndpointAnswer {
    let now = time.now
    return state.withLock { state in
      if let secret = state.secret, Self.secret(of: request) != secret {
        return .body(401, #"{"error":"invalid_client"}"#)
      }
      if request.fields["refresh_token"] != state.current || now - state.issuedAt > .days(45) { state.isAlive = false }
      guard state.isAlive else {
        return .body(400, #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#)
      }
      state.rotations += 1
      state.current = "r\(state.rotations + 1)"
      state.issuedAt = now
      return .tokens(access: "a\(state.rotations + 1)", refresh: state.current)
    }
  }

  private static func secret(of request: TokenEndpointRequest) -> String? {
    guard let header = request.authorization?.exposed.split(separator: " ").last,
      let text = Data(base64Encoded: String(header)).map({ String(decoding: $0, as: UTF8.self) }),
      let colon = text.firstIndex(of: ":")
    else { return request.fields["client_secret"] }
    return String(text[text.index(after: colon)...])
  }
}
