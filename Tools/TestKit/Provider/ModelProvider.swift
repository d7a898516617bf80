import OAuth
import Synchronization
import Wire

/// A provider's token endpoint as a model: no socket and no clock of its own, and each request in two steps.
///
/// ``commit(_:at:)`` does all that the request does at the provider; ``answer(_:at:)`` is what the client would then be sent.
/// Whatever is lost, late or cut between the two is the caller's to arrange.
package final class ModelProvider: Sendable {
  /// A request that has had its effect.
  package struct Committed: Sendable, Equatable {
    package var sequence: Int
    package var outcome: ModelLogEntry.Outcome
    /// Whether a token was spent, replaced or given out: what a client must not lose.
    package var hasIssued: Bool
    fileprivate var answer: ModelAnswer
  }

  struct State {
    var behaviour: ModelBehaviour
    var fault: ModelFault?
    var secrets: [String: Secret] = [:]
    var grants: [String: ModelGrant] = [:]
    var approvals = 0
    /// What each refresh token ever given out is; none is forgotten, as a provider that detects a replay knows them.
    var refreshTokens: [String: TokenPlace] = [:]
    var accessTokens: [String: AccessPlace] = [:]
    var codes: [String: Code] = [:]
    var log: [ModelLogEntry] = []
  }

  private let state: Mutex<State>
  private let random: Randomness

  /// - Parameter random: from which tokens are drawn: the same seed and requests give the same tokens.
  package init(_ behaviour: ModelBehaviour = ModelBehaviour(), random: Randomness) {
    state = Mutex(State(behaviour: behaviour))
    self.random = random
  }

  package var behaviour: ModelBehaviour {
    get { state.withLock { $0.behaviour } }
    set { state.withLock { $0.behaviour = newValue } }
  }

  /// Refuses every request in that way, before it has any effect, until it is taken back.
  package func setFault(_ fault: ModelFault?) { state.withLock { $0.fault = fault } }

  /// Registers a client, or gives it another secret: the old one is refused from then on.
  package func setClient(_ id: String, secret: Secret) { state.withLock { $0.secrets[id] = secret } }

  // MARK: - What people do

  /// Somebody approves: the code that the browser brings back. A name that is there already begins a new grant under it,
  /// and no token of the old one works any more.
  package func approve(
    _ grant: String, client: String, redirectURI: String? = nil, challenge: PKCE.Challenge? = nil
  ) -> Secret {
    let code = draw("mpc")
    state.withLock { state in
      state.approvals += 1
      state.grants[grant] = ModelGrant(client: client, approval: state.approvals)
      state.codes[code.exposed] = Code(
        grant: grant, approval: state.approvals, redirectURI: redirectURI, challenge: challenge)
    }
    return code
  }

  /// Somebody approves, and the code was redeemed: the tokens as a client would have stored them.
  package func grant(_ grant: String, client: String, at now: Timestamp) -> (access: Secret, refresh: Secret?) {
    _ = approve(grant, client: client)
    let fresh = (refresh: draw("mpr"), access: draw("mpa"))
    return state.withLock { state in
      let issued = state.issue(fresh, to: grant, at: now)
      return (issued.access, issued.refresh)
    }
  }

  /// The person takes the approval back: no token of the grant works any more.
  package func revoke(_ grant: String) { state.withLock { $0.grants[grant]?.isRevoked = true } }

  // MARK: - What the endpoint does

  /// Does all that a request does at the provider.
  package func commit(_ request: ModelRequest, at now: Timestamp) -> Committed {
    // Drawn for every request, so that what one request comes to does not move the next one's tokens.
    let fresh = (refresh: draw("mpr"), access: draw("mpa"))
    return state.withLock { state in
      let (entry, answer) = state.act(on: request, fresh: fresh, at: now)
      state.log.append(entry)
      return Committed(sequence: entry.sequence, outcome: entry.outcome, hasIssued: entry.issued != nil, answer: answer)
    }
  }

  /// The answer to a request that was committed, noted in the log as sent.
  package func answer(_ committed: Committed, at now: Timestamp) -> ModelAnswer {
    let skew = state.withLock { state in
      state.log[committed.sequence - 1].answeredAt = now
      return state.behaviour.dateSkew
    }
    var answer = committed.answer
    answer.headers.append(.init("Date", HTTPDate.text(now + skew)))
    return answer
  }

  // MARK: - What a test may ask

  package var log: [ModelLogEntry] { state.withLock { $0.log } }

  /// Whether an access token is good at that moment; asking is not using it.
  package func isLive(_ accessToken: Secret, at now: Timestamp) -> Bool {
    state.withLock { $0.liveGrant(of: accessToken, at: now) != nil }
  }

  /// A call of the API with an access token: whether it is let in. A first use confirms the refresh token that came with it.
  package func use(_ accessToken: Secret, at now: Timestamp) -> Bool {
    state.withLock { state in
      guard let (name, place) = state.liveGrant(of: accessToken, at: now) else { return false }
      if place.generation == state.grants[name]?.generation { state.grants[name]?.isSuccessorUsed = true }
      return true
    }
  }

  /// The one refresh token of a grant that will work longest; nil where it has ended, or never had one.
  package func newestRefreshToken(of grant: String) -> Secret? {
    state.withLock { state in
      state.grants[grant].flatMap { $0.isRevoked ? nil : $0.newest }
    }
  }

  /// Which grant a refresh token was given out for, and as which of its generations, counted from 1.
  package func place(of refreshToken: Secret) -> (grant: String, generation: Int)? {
    state.withLock { state in state.refreshTokens[refreshToken.exposed].map { ($0.grant, $0.generation) } }
  }

  /// What presenting a refresh token at that moment would come to, without presenting it; nil for one that was never given out.
  package func prospect(of refreshToken: Secret, at now: Timestamp) -> Prospect? {
    state.withLock { $0.prospect(of: refreshToken, at: now) }
  }

  /// The generation of a grant's newest refresh token; 0 before its code is redeemed.
  package func generation(of grant: String) -> Int { state.withLock { $0.grants[grant]?.generation ?? 0 } }

  /// How often a grant's refresh token was replaced.
  package func rotations(of grant: String) -> Int { state.withLock { $0.grants[grant]?.rotations ?? 0 } }

  package func isRevoked(_ grant: String) -> Bool { state.withLock { $0.grants[grant]?.isRevoked ?? true } }

  private func draw(_ prefix: String) -> Secret { Secret("\(prefix)_\(Base64URL.encode(random.bytes(24)))") }
}
