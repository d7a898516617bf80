import Synchronization
import Wire

/// The checks of quarantined connections, made beside the watch, so that a slow provider holds nobody up (K20).
///
/// They are children of ``run(_:)``, and broken off at ``close()``: a question that was not answered loses nothing.
final class QuarantineChecks: Sendable {
  /// How long after a check the same connection is checked again; how often the keeper looks for connections that are due.
  private static let pause = Duration.minutes(1), look = Duration.seconds(1)
  /// How many are under way at once: of one client, so that a provider that hangs keeps no other's waiting, and of all.
  private static let mostOfClient = 4, most = 16

  fileprivate struct State {
    var looked: Uptime?
    var last: [String: Uptime] = [:]
    /// The connections that are due, by client; the one that has waited longest is the last.
    var waiting: [String: [String]] = [:]
    var underWay: [String: Set<String>] = [:]
  }

  private let state = Mutex(State())
  private let starts: AsyncStream<(name: String, client: String)>
  private let start: AsyncStream<(name: String, client: String)>.Continuation

  init() { (starts, start) = AsyncStream.makeStream() }

  /// Works until ``close()``.
  func run(_ check: @escaping @Sendable (String) async -> Void) async {
    await withDiscardingTaskGroup { group in
      for await (name, client) in starts {
        group.addTask {
          await check(name)
          self.end(name, client)
        }
      }
      group.cancelAll()
    }
  }

  /// Breaks off what is under way. Synchronous, so that a shutdown handler can call it.
  func close() { start.finish() }

  /// Begins what is due and has room.
  func begin(at now: Uptime, among read: () -> [CachedConnection]) {
    let hasLooked = state.withLock { state in
      if let looked = state.looked, now.isWithin(Self.look, of: looked) { return true }
      state.looked = now
      return false
    }
    guard !hasLooked else { return }
    let setApart = read()
    state.withLock { $0.queue(setApart, at: now, pause: Self.pause) }
    startWaiting(at: now)
  }

  private func end(_ name: String, _ client: String) {
    let now = state.withLock { state in
      state.underWay[client]?.remove(name)
      return state.looked
    }
    if let now { startWaiting(at: now) }
  }

  private func startWaiting(at now: Uptime) {
    let next = state.withLock { $0.takeNext(at: now, mostOfClient: Self.mostOfClient, most: Self.most) }
    for check in next { start.yield(check) }
  }
}

extension QuarantineChecks.State {
  fileprivate mutating func queue(_ setApart: [CachedConnection], at now: Uptime, pause: Duration) {
    let names = Set(setApart.map(\.name))
    let last = self.last.filter { names.contains($0.key) }
    self.last = last
    let due = setApart.filter { connection in
      waiting[connection.client.name] == nil && !(last[connection.name].map { now.isWithin(pause, of: $0) } ?? false)
        && !(underWay[connection.client.name]?.contains(connection.name) ?? false)
    }
    func rank(_ name: String) -> (Int64, String) { (last[name]?.milliseconds ?? -1, name) }
    for (client, due) in Dictionary(grouping: due, by: \.client.name) {
      waiting[client] = due.map(\.name).sorted { rank($0) > rank($1) }
    }
  }

  fileprivate mutating func takeNext(
    at now: Uptime, mostOfClient: Int, most: Int
  ) -> [(name: String, client: String)] {
    var next: [(name: String, client: String)] = []
    var room = most - underWay.values.reduce(0) { $0 + $1.count }
    for client in waiting.keys.sorted() {
      while room > 0, (underWay[client]?.count ?? 0) < mostOfClient, let name = waiting[client]?.popLast() {
        last[name] = now
        underWay[client, default: []].insert(name)
        next.append((name, client))
        room -= 1
      }
      if waiting[client]?.isEmpty ?? true { waiting[client] = nil }
    }
    return next
  }
}
