import OAuth
import Synchronization

@testable import Issuer

/// What several tasks did to one grant, and what lived longer than it may.
final class SharedGrant: Sendable {
  private struct State {
    var given: [TokenResponse] = []
    var isRevoked = false
    var survivors = 0
  }

  private let state = Mutex(State())

  var given: [TokenResponse] { state.withLock(\.given) }
  var survivors: Int { state.withLock(\.survivors) }

  func revoked() { state.withLock { $0.isRevoked = true } }
  func note() { state.withLock { $0.survivors += 1 } }

  func refresh(_ world: IssuerWorld, _ tokens: TokenResponse, _ app: IssuerWorld.App) async -> TokenResponse? {
    let wasRevoked = state.withLock(\.isRevoked)
    guard let next = try? await world.refresh(tokens, app) else { return nil }
    state.withLock { state in
      state.given.append(next)
      if wasRevoked { state.survivors += 1 }
    }
    return next
  }

  func call(_ world: IssuerWorld, _ tokens: TokenResponse) async {
    let wasRevoked = state.withLock(\.isRevoked)
    if await world.refusal(tokens) == nil, wasRevoked { note() }
  }
}
