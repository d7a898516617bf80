import Logging
import OAuth
import Store

/// One flight from claim to landing: the only place that talks to a token endpoint about a refresh.
///
/// due → claim (lease and intent) → send → judge → land, refuse, put back or leave in doubt → publish.
package struct Refresher: Sendable {
  let store: GrantStore
  let endpoint: any TokenEndpoint
  let snapshot: Snapshot
  let clock: WallClock
  let logger: Logger
  /// Whether the keeper is stopping: who still waits for a lease then gives up (K29).
  var isStopping: @Sendable () -> Bool = { false }

  /// How often a flight that waits for another process's lease looks again.
  private static let look = Duration.milliseconds(100)
  /// How long a caller without a live token waits for another process's flight.
  private static let patience = Duration.seconds(30)

  package func refresh(_ name: String, _ request: Flights.Request) async -> Result<AccessToken, TokenUnavailable> {
    do {
      let result = try await fly(name, request)
      // Who was told that this very token is rejected is not given it again.
      if request.forced, (try? result.get())?.generation == request.seen { return .failure(.notStale) }
      return result
    } catch {
      logger.error("refresh failed", metadata: ["connection": "\(name)", "error": "\(error)"])
      return usable(name, request).map { .success($0) }
        ?? .failure(.temporarily("The keeper's store cannot be used: \(error)", retryAfter: 5))
    }
  }

  private func fly(_ name: String, _ request: Flights.Request) async throws -> Result<AccessToken, TokenUnavailable> {
    let started = clock.uptime()
    // Another process may have refreshed it, or a person may have approved anew, since the snapshot was made.
    let held = try await store.loadHeld(name)
    guard held.connection.state == .active else { return answer(held) }
    var seen = request.seen
    if held.connection.generation != seen {
      if case .success(let token) = answer(held) { return .success(token) }
      seen = held.connection.generation
    }
    var spare = false
    while true {
      switch try await store.claim(name, seen: seen, forced: request.forced, spare: spare) {
      case .claimed(let claim):
        switch try await present(claim) {
        case .ended(let result): return result
        case .trySpare: spare = true
        }
      case .moved(let row):
        if case .success(let token) = try await published(row) { return .success(token) }
        seen = row.generation
      case .held(let row, let lease):
        snapshot.publish(try await store.loadHeld(name))
        if let token = usable(name, request) { return .success(token) }
        let wait = lease.remaining(at: clock.uptime())
        let waited = Duration.milliseconds(clock.uptime().milliseconds - started.milliseconds)
        guard waited < Self.patience, !isStopping() else {
          return .failure(
            .temporarily(
              "Another process is refreshing \(name)\(row.trouble.map { " (\($0))" } ?? ""); its claim ends by itself.",
              retryAfter: max(1, Int(wait.components.seconds))))
        }
        try await clock.sleep(Self.look)
      case .resting(let row, let until):
        snapshot.publish(try await store.loadHeld(name))
        if let token = usable(name, request) { return .success(token) }
        return .failure(
          .temporarily(
            "The provider could not refresh \(name): \(row.trouble ?? "its answer was lost").",
            retryAfter: max(1, Int((until - clock.now()).components.seconds))))
      case .stopped(let row, let reason):
        _ = try await published(row)
        if let token = usable(name, request) { return .success(token) }
        return row.state == .active
          ? .failure(.temporarily("\(name) cannot be refreshed: \(reason).", retryAfter: 60))
          : .failure(.needsApproval(Self.remedy(name, reason)))
      }
    }
  }

  private enum Presented {
    case ended(Result<AccessToken, TokenUnavailable>)
    case trySpare
  }

  private func present(_ claim: Claim) async throws -> Presented {
    let name = claim.connection.name
    // A flight that could outlive its lease does not start (K9).
    guard claim.lease.remaining(at: clock.uptime()) >= RefreshPolicy.deadline * 2 else {
      return .ended(try await putBack(claim, "this machine was too slow to begin in time", after: nil))
    }
    let sentAt = clock.now()
    let answer = await endpoint.post(request(for: claim, sentAt: sentAt))
    switch claim.client.provider.judge(answer, at: clock.now()) {
    case .granted(let response):
      return .ended(try await land(response, of: claim, sentAt: sentAt, clockSkew: skew(answer)))
    case .refused(let words, let ambiguous):
      switch try await store.refuse(claim, words: words, ambiguous: ambiguous) {
      case .trySpare: return .trySpare
      case .superseded(let row): return .ended(try await published(row))
      case .client(let row): return .ended(try await clientStopped(row))
      case .needsApproval(let row):
        _ = try await published(row)
        logger.error("a person is needed", metadata: ["connection": "\(name)", "reason": "\(row.reason ?? "")"])
        return .ended(.failure(.needsApproval(Self.remedy(name, row.reason ?? words))))
      }
    case .clientRefused(let words):
      return .ended(try await clientStopped(try await store.refuseClient(claim, words: words)))
    case .notSent(let reason):
      return .ended(try await putBack(claim, "the token endpoint cannot be reached (\(reason))", after: nil))
    case .unavailable(let words):
      return .ended(try await putBack(claim, "the token endpoint is not available (\(words))", after: nil))
    case .throttled(let delay):
      return .ended(try await putBack(claim, "the token endpoint asks for a pause", after: delay))
    case .unknown(let reason):
      let row = try await store.doubt(claim, words: "the answer to a refresh was lost: \(reason)")
      logger.warning("answer unknown", metadata: ["connection": "\(name)", "reason": "\(reason)"])
      return .ended(try await unavailable(row))
    }
  }

  private func request(for claim: Claim, sentAt: Timestamp) -> TokenEndpointRequest {
    let provider = claim.client.provider
    let notAfter = provider.understandsNotAfter ? (sentAt + RefreshPolicy.deadline).milliseconds / 1000 + 1 : nil
    var fields = TokenRequest(.refreshToken(claim.token, scope: nil, notAfter: notAfter)).fields
    let authorization = provider.authentication(
      provider.refreshAuthentication, id: claim.client.clientID, secret: claim.client.secret
    ).apply(to: &fields)
    return TokenEndpointRequest(
      url: provider.tokenEndpoint, fields: fields, authorization: authorization, deadline: RefreshPolicy.deadline)
  }

  /// Stores an answer, however long the store takes: until it has landed it serves nobody, and no other flight starts.
  private func land(
    _ response: TokenResponse, of claim: Claim, sentAt: Timestamp, clockSkew: Duration
  ) async throws -> Result<AccessToken, TokenUnavailable> {
    var failures: Int64 = 0
    while true {
      do {
        switch try await store.land(response, of: claim, sentAt: sentAt, clockSkew: clockSkew) {
        case .landed(let row), .superseded(let row): return try await published(row)
        }
      } catch let error as StoreError {
        failures += 1
        logger.critical(
          "a refreshed token cannot be stored",
          metadata: ["connection": "\(claim.connection.name)", "error": "\(error)"])
        // Cancelling the flight must not lose the answer, but then nothing slows the tries down: they come to an end (K4).
        do { try await clock.sleep(.milliseconds(min(5000, 100 * failures))) } catch  where failures > 1000 {
          throw error
        } catch { await Task.yield() }
      }
    }
  }

  private func putBack(
    _ claim: Claim, _ words: String, after delay: Duration?
  ) async throws -> Result<AccessToken, TokenUnavailable> {
    let row = try await store.putBack(claim, words: words, after: delay)
    logger.warning("refresh put off", metadata: ["connection": "\(row.name)", "reason": "\(words)"])
    return try await unavailable(row)
  }

  private func clientStopped(_ row: Connection) async throws -> Result<AccessToken, TokenUnavailable> {
    logger.error("the client is refused", metadata: ["connection": "\(row.name)", "client": "\(row.client)"])
    // Connections that were blamed for the client's trouble are given back; our own writes are not announced to us.
    let (all, keys) = try await store.load()
    snapshot.replace(held: all, keys: keys)
    return liveToken(row.name).map { .success($0) }
      ?? .failure(
        .temporarily(
          "\(snapshot[row.name]?.clientTrouble ?? "The provider does not accept the client."). "
            + "Set its secret anew with: evergrant client add \(row.client) --replace", retryAfter: 60))
  }

  /// A live token serves on through a failed refresh (K20).
  private func unavailable(_ row: Connection) async throws -> Result<AccessToken, TokenUnavailable> {
    snapshot.publish(try await store.loadHeld(row.name))
    if let token = liveToken(row.name) { return .success(token) }
    let wait = row.retryAt.map { $0 - clock.now() } ?? row.lease?.remaining(at: clock.uptime()) ?? .seconds(1)
    return .failure(
      .temporarily(
        "\(row.name) has no live token: \(row.trouble ?? "its refresh failed").",
        retryAfter: max(1, Int(wait.components.seconds))))
  }

  private func published(_ row: Connection) async throws -> Result<AccessToken, TokenUnavailable> {
    answer(try await store.loadHeld(row.name))
  }

  /// What callers are told of a row as it is now, once the snapshot has it.
  private func answer(_ held: Snapshot.Held) -> Result<AccessToken, TokenUnavailable> {
    snapshot.publish(held)
    let name = held.connection.name
    if let token = liveToken(name) { return .success(token) }
    return held.connection.state == .active
      ? .failure(.temporarily("\(name) has no live token.", retryAfter: 1))
      : .failure(.needsApproval(Self.remedy(name, held.connection.reason ?? "it has no grant")))
  }

  /// A token that answers the request although nothing was refreshed: live, and not the one that was rejected.
  private func usable(_ name: String, _ request: Flights.Request) -> AccessToken? {
    liveToken(name).flatMap { request.forced && $0.generation == request.seen ? nil : $0 }
  }

  private func liveToken(_ name: String) -> AccessToken? {
    snapshot[name]?.token.flatMap { clock.now() < $0.until ? $0 : nil }
  }

  private func skew(_ answer: TokenEndpointAnswer) -> Duration {
    guard case .answer(let answer) = answer, let date = answer.date.flatMap(HTTPDate.parse) else { return .zero }
    let skew = date - clock.now()
    return abs(skew.milliseconds) < RefreshPolicy.clockTolerance.milliseconds ? .zero : skew
  }

  static func remedy(_ name: String, _ reason: String) -> String {
    "\(name) needs a person: \(reason). Approve again with: evergrant connect \(name)"
  }
}
