import Keeper
import OAuth
import Synchronization
import Wire

/// A keeper that says what the test wants, and remembers what it was asked.
package final class FakeGateway: Gateway {
  package typealias TokenAnswer = @Sendable (Result<AccessToken, TokenUnavailable>) -> Void

  package struct State: Sendable {
    package var keys: [String: APIKey] = [:]
    package var route: Route?
    package var epoch: Int64 = 1
    package var fresh: AccessToken?
    /// The tokens of further connections to the same API.
    package var others: [String: AccessToken] = [:]
    /// The accounts of connections; one that is not named is the account 1.
    package var accounts: [String: Int] = [:]
    /// How often a key was unknown.
    package var strangers = 0
    /// How often a call was judged as far as its connection.
    package var passages = 0
    /// What `token` answers, at once; nil leaves the question open.
    package var token: Result<AccessToken, TokenUnavailable>?
    package var rejected: [AccessToken?] = []
    package var open: [TokenAnswer] = []
    package var records: [CallRecord] = []
  }

  package let state: Mutex<State>

  /// - Parameters:
  ///   - origin: where the API is of every connection.
  ///   - fresh: the token of the connection `shop`.
  ///   - token: what `token` answers, at once; nil leaves the question open.
  package init(
    origin: String, keys: [String: APIKey], fresh: AccessToken?, token: Result<AccessToken, TokenUnavailable>? = nil
  ) {
    var state = State()
    state.keys = keys
    state.route = Origin(origin).map {
      Route(origin: $0, tokenFaults: ["invalid_access_token"], unauthorizedPrecedesProcessing: true)
    }
    state.fresh = fresh
    state.token = token
    self.state = Mutex(state)
  }

  package static func token(_ generation: Int64, epoch: Int64 = 1) -> AccessToken {
    AccessToken(
      secret: Secret("eva_\(generation)"), generation: generation, epoch: epoch, from: Timestamp(seconds: 0),
      until: Timestamp(seconds: 4_000_000_000))
  }

  /// Waits until calls have been judged so often.
  package func judges(_ count: Int) async {
    while state.withLock({ $0.passages < count }) { await Task.yield() }
  }

  /// Answers whoever waits for a token.
  package func answer(_ result: Result<AccessToken, TokenUnavailable>) {
    let open = state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for answer in open { answer(result) }
  }

  package var records: [CallRecord] { state.withLock { $0.records } }
  package var rejected: [AccessToken?] { state.withLock { $0.rejected } }

  package func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  package func key(presented: Secret) -> APIKey? {
    state.withLock { state in
      if state.keys[presented.exposed] == nil { state.strangers += 1 }
      return state.keys[presented.exposed]
    }
  }

  package func passage(to connection: String) -> Passage? {
    state.withLock { state in
      state.passages += 1
      guard let route = state.route else { return nil }
      let account = state.accounts[connection] ?? 1
      if connection == "shop" {
        return Passage(route: route, epoch: state.epoch, token: state.fresh, account: account)
      }
      return state.others[connection].map { Passage(route: route, epoch: $0.epoch, token: $0, account: account) }
    }
  }

  package func token(for connection: String, replacing rejected: AccessToken?, answer: @escaping TokenAnswer) {
    let result = state.withLock { state in
      state.rejected.append(rejected)
      if state.token == nil { state.open.append(answer) }
      return state.token
    }
    if let result { answer(result) }
  }

  package func record(_ call: CallRecord) { state.withLock { $0.records.append(call) } }
}
