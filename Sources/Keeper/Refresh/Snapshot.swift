import Store
import Synchronization
import Wire

/// What every call needs, in memory: tokens, routes and keys as the store last had them.
package final class Snapshot: Sendable {
  /// Up to where the store has been read.
  struct Position: Sendable, Equatable {
    var store: String
    /// The store's count of changes.
    var touches: Int64
    /// The number of the last notice of a restored backup.
    var era: Int64
  }

  /// What the store has, or what has changed in it since a position.
  struct Stored: Sendable {
    /// The position that was asked from.
    var since: Position?
    var position: Position
    var isWhole: Bool
    var entries: [Entry] = []
    /// Keys with their hashes; nil in place of one that was revoked.
    var keys: [(name: String, hash: [UInt8], key: APIKey?)] = []
  }

  /// What memory found in what it was given.
  struct News: Sendable {
    /// Whether the store has seen a restored backup since it was last read.
    var isRestored: Bool
    /// The connections of which memory holds newer tokens than the store.
    var ahead: [CachedConnection]
  }

  /// Shared between the lists that name it; never changes.
  final class Entry: Sendable {
    let cached: CachedConnection
    init(_ cached: CachedConnection) { self.cached = cached }
  }

  fileprivate struct State {
    var position: Position?
    var era: Int64 = 0
    var entries: [String: Entry] = [:]
    var clients: [String: CachedClient] = [:]
    var keys: [[UInt8]: APIKey] = [:]
    /// The tokens that calls have asked for since they came.
    var opened: [String: AccessToken] = [:]
    var quarantined: Set<String> = []
    var due = DueLines()
  }

  private let state = Mutex(State())

  package init() {}

  package subscript(name: String) -> CachedConnection? { state.withLock { $0.entries[name]?.cached } }

  var position: Position? { state.withLock { $0.position } }

  /// The connections that are not refreshed because a restored backup may have brought them back.
  var quarantined: [CachedConnection] {
    state.withLock { state in state.quarantined.compactMap { state.entries[$0]?.cached } }
  }

  /// The access token that calls are served with, live or not. It is opened for the first call that needs it.
  func token(of name: String, opening ring: KeyRing) -> AccessToken? {
    let (entry, opened) = state.withLock { ($0.entries[name], $0.opened[name]) }
    return entry.flatMap { opened ?? open($0, ring) }
  }

  /// Where calls go, under which approval, and the access token that goes with it, live or not; nil where no call is let
  /// through.
  func passage(to name: String, opening ring: KeyRing) -> Passage? {
    let (entry, route, opened) = state.withLock { state in
      let entry = state.entries[name]
      return (entry, entry?.cached.route, state.opened[name])
    }
    guard let entry, let route else { return nil }
    let held = entry.cached
    return Passage(
      route: route, epoch: held.token?.epoch ?? held.epoch, token: opened ?? open(entry, ring), account: held.account)
  }

  private func open(_ entry: Entry, _ ring: KeyRing) -> AccessToken? {
    guard let token = entry.cached.open(ring) else { return nil }
    state.withLock { state in
      if state.entries[entry.cached.name] === entry { state.opened[entry.cached.name] = token }
    }
    return token
  }

  func route(to name: String) -> Route? { state.withLock { $0.entries[name]?.cached.route } }

  func key(hash: [UInt8]) -> APIKey? { state.withLock { $0.keys[hash] } }

  /// Has the next look read all of the store, because what was reckoned before no longer holds.
  func forgetPosition() { state.withLock { $0.position = nil } }

  /// Takes in what the store has, but never an older state of a connection in place of a newer one, unless the store was
  /// restored from a backup since.
  ///
  /// - Returns: what this process remembers that the store, as it was read, does not (K28); nil where another reading was
  ///   taken in meanwhile, so that this one may be the older.
  func absorb(_ stored: Stored) -> News? {
    state.withLock { state in
      guard state.position == stored.since else { return nil }
      // The number may be lower too: a backup may be from before the last notice.
      let isRestored = stored.position.era != state.era
      let before = stored.isWhole ? state.entries : [:]
      var ahead: [CachedConnection] = []
      if stored.isWhole { state.empty(stored.entries.count) }
      for entry in stored.entries {
        let new = entry.cached
        guard let old = before[new.name] ?? state.entries[new.name] else {
          state.put(entry)
          continue
        }
        guard old.cached.isAhead(of: new) else {
          // These tokens were offered before, to a store that a second backup may have replaced since.
          let isForgotten = (isRestored || new.quarantine == nil) && old.cached.remembers(newerThan: new)
          if isForgotten { ahead.append(old.cached) }
          state.put(isRestored || isForgotten ? Entry.serving(entry, old) : Entry.newer(old, entry))
          continue
        }
        ahead.append(old.cached)
        state.put(isRestored ? Entry.serving(entry, old) : old)
      }
      for (name, hash, key) in stored.keys {
        if !stored.isWhole { state.keys = state.keys.filter { $0.value.name != name } }
        if let key { state.keys[hash] = key }
      }
      state.position = stored.position
      state.era = stored.position.era
      return News(isRestored: isRestored, ahead: ahead)
    }
  }

  /// Takes in one connection as it has just been read, unless memory has it from a later reading.
  package func publish(_ new: LoadedConnection) {
    state.withLock { state in
      let entry = Entry(new.cached)
      guard let old = state.entries[new.cached.name] else { return state.put(entry) }
      guard !old.cached.isLaterReading(than: new.cached) else { return }
      state.put(Entry.newer(old, entry))
    }
  }

  // MARK: - What is due

  /// The token endpoints that have connections to refresh, each with the moment when the first of them is due.
  var dueLines: [(endpoint: String, at: Timestamp)] {
    state.withLock { state in
      state.due.endpoints.sorted().compactMap { endpoint in
        state.dropStale(endpoint)
        return state.due.first(of: endpoint).map { (endpoint, $0.at) }
      }
    }
  }

  /// Takes the connection that is due first out of its line, where it comes back when it is published or put off.
  func takeDue(_ endpoint: String, at now: Timestamp) -> CachedConnection? {
    state.withLock { state in
      state.dropStale(endpoint)
      guard let first = state.due.first(of: endpoint), first.at <= now else { return nil }
      state.due.removeFirst(of: endpoint)
      return first.entry.cached
    }
  }

  /// Puts a connection back into its line, not to be looked at before that moment.
  func putOff(_ name: String, until moment: Timestamp) {
    state.withLock { state in
      guard let entry = state.entries[name], let due = entry.cached.dueAt else { return }
      state.due.add(entry, at: max(due, moment))
    }
  }
}

extension Snapshot.Entry {
  /// The newer of two states of one connection.
  fileprivate static func newer(_ old: Snapshot.Entry, _ new: Snapshot.Entry) -> Snapshot.Entry {
    let (held, read) = (old.cached, new.cached)
    // Of two states of one generation `version` tells the newer. A restored backup sets it back, so `absorb` does not ask here
    // after one.
    if (held.epoch, held.generation, held.version) > (read.epoch, read.generation, read.version) { return old }
    return read.quarantine == nil ? new : serving(new, old)
  }

  fileprivate static func serving(_ new: Snapshot.Entry, _ old: Snapshot.Entry) -> Snapshot.Entry {
    // Another's token would reach the wrong data.
    guard new.cached.isOfSameGrantor(as: old.cached) else { return new }
    let served = new.cached.serving(old.cached.newest)
    return served.token == new.cached.token ? new : Snapshot.Entry(served)
  }
}

extension Snapshot.State {
  fileprivate mutating func empty(_ count: Int) {
    self = Snapshot.State()
    entries.reserveCapacity(count)
  }

  fileprivate mutating func put(_ entry: Snapshot.Entry) {
    let name = entry.cached.name
    guard entries[name] !== entry else { return }
    let entry = sharing(entry)
    entries[name] = entry
    opened[name] = nil
    if entry.cached.quarantine == nil { quarantined.remove(name) } else { quarantined.insert(name) }
    if let moment = entry.cached.dueAt { enqueue(entry, moment) }
  }

  /// Connections of one client keep one copy of what they share.
  private mutating func sharing(_ entry: Snapshot.Entry) -> Snapshot.Entry {
    let facts = entry.cached.client
    guard let known = clients[facts.name], known == facts else {
      clients[facts.name] = facts
      return entry
    }
    if known === facts { return entry }
    var cached = entry.cached
    cached.client = known
    return Snapshot.Entry(cached)
  }

  private mutating func enqueue(_ entry: Snapshot.Entry, _ moment: Timestamp) {
    due.add(entry, at: moment)
    // What was replaced stays in line until its time comes, or until it is more than the rest.
    guard due.count > 2 * entries.count + 64 else { return }
    due = DueLines()
    for entry in entries.values { if let moment = entry.cached.dueAt { due.add(entry, at: moment) } }
  }

  fileprivate mutating func dropStale(_ endpoint: String) {
    while let first = due.first(of: endpoint), entries[first.entry.cached.name] !== first.entry {
      due.removeFirst(of: endpoint)
    }
  }
}
