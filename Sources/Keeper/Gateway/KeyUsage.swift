import Store
import Synchronization
import Wire

/// How each key is used, gathered in memory so that no call waits for the store.
final class KeyUsage: Sendable {
  /// What an answer of the API says of the access token that a call was sent with.
  struct Verdict: Sendable, Equatable {
    var connection: String
    var token: AccessToken.Version
    var isTaken: Bool
    /// When the answer had come.
    var at: Timestamp

    /// Nil where a call says nothing of its token. An answer to `OPTIONS` says nothing, since that asks for no credential.
    init?(_ call: CallRecord) {
      guard let token = call.token, let answer = call.answer, call.method != "OPTIONS" else { return nil }
      switch answer {
      case 401: isTaken = false
      case 200..<300, 304: isTaken = true
      default: return nil
      }
      connection = call.connection
      self.token = token
      at = call.at + call.duration
    }

    /// Whether this says more of how things stand: it is of a newer token, or was heard later.
    func supersedes(_ other: Verdict) -> Bool { (token, at) > (other.token, other.at) }
  }

  fileprivate struct Use {
    var last: Timestamp
    var calls: Int64 = 0
    var failures: Int64 = 0
    var verdict: Verdict?
  }

  fileprivate struct State {
    var pending: [String: Use] = [:]
    /// The day on which old counts were last dropped.
    var sweptOn: Int64 = 0
  }

  /// How many days of counts are kept.
  private static let memory: Int64 = 90
  private let state = Mutex(State())

  func note(_ call: CallRecord) {
    // A call without a key of ours is nobody's use.
    guard !call.key.isEmpty else { return }
    state.withLock { $0.pending[call.key, default: Use(last: call.at)].add(call) }
  }

  /// Writes down the calls since the last flush; those of a key count for the day of the last of them.
  ///
  /// - Returns: for each connection whose API has said something of a token, the last that it said.
  func flush(to store: GrantStore) async throws -> [Verdict] {
    let (taken, sweptOn) = state.withLock { state in
      defer { state.pending = [:] }
      return (state.pending, state.sweptOn)
    }
    guard let today = taken.values.map(\.last.day).max() else { return [] }
    do {
      try await store.record(taken, droppingUpTo: today > sweptOn ? today - Self.memory : nil)
      state.withLock { $0.sweptOn = max($0.sweptOn, today) }
    } catch {
      state.withLock { state in
        for (name, use) in taken { state.pending[name, default: Use(last: use.last)].add(use) }
      }
      throw error
    }
    let heard = Dictionary(grouping: taken.values.compactMap(\.verdict), by: \.connection)
    return heard.values.compactMap { $0.max { $1.supersedes($0) } }
  }
}

extension GrantStore {
  /// - Parameter day: up to which day, it included, old counts are dropped.
  fileprivate func record(_ uses: [String: KeyUsage.Use], droppingUpTo day: Int64?) async throws {
    try await database.write { db in
      for (name, use) in uses {
        try db.execute(
          "UPDATE api_keys SET last_used_at = $2 WHERE name = $1 AND COALESCE(last_used_at, 0) < $2", name, use.last)
        try db.execute(
          """
          INSERT INTO key_days (key, day, calls, failures) VALUES ($1, $2, $3, $4)
          ON CONFLICT (key, day) DO UPDATE SET calls = key_days.calls + $3, failures = key_days.failures + $4
          """, name, use.last.day, use.calls, use.failures)
      }
      if let day { try db.execute("DELETE FROM key_days WHERE day <= $1", day) }
    }
  }
}

extension KeyUsage.Use {
  mutating func add(_ call: CallRecord) {
    last = max(last, call.at)
    calls += 1
    if !(200..<400).contains(call.status) { failures += 1 }
    if let verdict = KeyUsage.Verdict(call) { hear(verdict) }
  }

  mutating func add(_ earlier: KeyUsage.Use) {
    last = max(last, earlier.last)
    calls += earlier.calls
    failures += earlier.failures
    if let verdict = earlier.verdict { hear(verdict) }
  }

  private mutating func hear(_ new: KeyUsage.Verdict) {
    if let verdict, verdict.supersedes(new) { return }
    verdict = new
  }
}
