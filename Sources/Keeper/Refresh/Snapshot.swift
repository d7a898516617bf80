import OAuth
import Store
import Synchronization

/// What every call needs, in memory: tokens, routes and keys as the store last had them.
package final class Snapshot: Sendable {
  /// Up to where the store has been read.
  struct Position: Sendable, Equatable {
    var store: String
    /// The store's count of changes.
    var touches: Int64
    /// How many restored backups the store has seen.
    var era: Int64
  }

  /// What the store has, or what has changed in it since a position.
  struct Stored: Sendable {
    /// The position that was asked from.
    var since: Position?
    var position: Position
    var isWhole: Bool
    var shelves: [Shelf] = []
    /// By their hashes; nil for one that no longer counts.
    var keys: [(name: String, hash: [UInt8], key: APIKey?)] = []
  }

  /// What memory found in what it was given.
  struct News: Sendable {
    /// Whether the store has seen a restored backup since it was last read.
    var isRestored: Bool
    /// What memory holds newer tokens of than the store.
    var ahead: [Holding]
  }

  /// Shared between the lists that name it; never changes.
  final class Shelf: Sendable {
    let holding: Holding
    init(_ holding: Holding) { self.holding = holding }
  }

  fileprivate struct State {
    var position: Position?
    var era: Int64 = 0
    var shelves: [String: Shelf] = [:]
    var clients: [String: HoldingClient] = [:]
    var keys: [[UInt8]: APIKey] = [:]
    /// The tokens that calls have asked for since they came.
    var opened: [String: AccessToken] = [:]
    var quarantined: Set<String> = []
    var due = DueLines()
  }

  private let state = Mutex(State())

  package init() {}

  subscript(name: String) -> Holding? { state.withLock { $0.shelves[name]?.holding } }

  var position: Position? { state.withLock { $0.position } }

  /// The connections that are not refreshed because a restored backup may have brought them back.
  var quarantined: [Holding] {
    state.withLock { state in state.quarantined.compactMap { state.shelves[$0]?.holding } }
  }

  /// The access token that calls are served with, live or not. It is opened for the first call that needs it.
  func token(of name: String, opening ring: KeyRing) -> AccessToken? {
    let (shelf, opened) = state.withLock { ($0.shelves[name], $0.opened[name]) }
    return shelf.flatMap { opened ?? open($0, ring) }
  }

  /// Where calls go, under which approval, and the access token that goes with it, live or not; nil where no call is let
  /// through.
  func passage(to name: String, opening ring: KeyRing) -> (route: Route, epoch: Int64, token: AccessToken?)? {
    let (shelf, route, opened) = state.withLock { state in
      let shelf = state.shelves[name]
      return (shelf, shelf?.holding.route, state.opened[name])
    }
    guard let shelf, let route else { return nil }
    return (route, shelf.holding.token?.epoch ?? shelf.holding.epoch, opened ?? open(shelf, ring))
  }

  private func open(_ shelf: Shelf, _ ring: KeyRing) -> AccessToken? {
    guard let token = shelf.holding.open(ring) else { return nil }
    state.withLock { state in
      if state.shelves[shelf.holding.name] === shelf { state.opened[shelf.holding.name] = token }
    }
    return token
  }

  func route(to name: String) -> Route? { state.withLock { $0.shelves[name]?.holding.route } }

  func key(hash: [UInt8]) -> APIKey? { state.withLock { $0.keys[hash] } }

  /// Has the next look at the store read all of it, because moments that were reckoned before no longer hold.
  func forgetPosition() { state.withLock { $0.position = nil } }

  /// Takes in what the store has, but never an older state of a connection in place of a newer one, unless the store was
  /// restored from a backup since.
  ///
  /// - Returns: what this process remembers that the store, as it was read, does not (K28); nil where another reading was
  ///   taken in meanwhile, so that this one may be the older.
  func absorb(_ stored: Stored) -> News? {
    state.withLock { state in
      guard state.position == stored.since else { return nil }
      // A backup may be older than the last time that one was noticed.
      let isRestored = stored.position.era != state.era
      let before = stored.isWhole ? state.shelves : [:]
      var ahead: [Holding] = []
      if stored.isWhole { state.empty(stored.shelves.count) }
      for shelf in stored.shelves {
        let new = shelf.holding
        guard let old = before[new.name] ?? state.shelves[new.name] else {
          state.put(shelf)
          continue
        }
        guard old.holding.isAhead(of: new) else {
          // Offered before, to a store that a second backup may have replaced since.
          let isForgotten = (isRestored || new.quarantine == nil) && old.holding.remembers(newerThan: new)
          if isForgotten { ahead.append(old.holding) }
          state.put(isRestored || isForgotten ? Shelf.serving(shelf, old) : Shelf.newer(old, shelf))
          continue
        }
        ahead.append(old.holding)
        state.put(isRestored ? Shelf.serving(shelf, old) : old)
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
  package func publish(_ new: Held) {
    state.withLock { state in
      let shelf = Shelf(new.holding)
      guard let old = state.shelves[new.holding.name] else { return state.put(shelf) }
      guard !old.holding.isLaterReading(than: new.holding) else { return }
      state.put(Shelf.newer(old, shelf))
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
  func takeDue(_ endpoint: String, at now: Timestamp) -> Holding? {
    state.withLock { state in
      state.dropStale(endpoint)
      guard let first = state.due.first(of: endpoint), first.at <= now else { return nil }
      state.due.removeFirst(of: endpoint)
      return first.shelf.holding
    }
  }

  /// Puts a connection back into its line, not to be looked at before that moment.
  func putOff(_ name: String, until moment: Timestamp) {
    state.withLock { state in
      guard let shelf = state.shelves[name], let due = shelf.holding.dueAt else { return }
      state.due.add(shelf, at: max(due, moment))
    }
  }
}

extension Snapshot.Shelf {
  /// The newer of two states of one connection.
  fileprivate static func newer(_ old: Snapshot.Shelf, _ new: Snapshot.Shelf) -> Snapshot.Shelf {
    let (held, read) = (old.holding, new.holding)
    // Of two states of one generation the count of changes tells, which a restored backup has set back.
    if (held.epoch, held.generation, held.version) > (read.epoch, read.generation, read.version) { return old }
    return read.quarantine == nil ? new : serving(new, old)
  }

  fileprivate static func serving(_ new: Snapshot.Shelf, _ old: Snapshot.Shelf) -> Snapshot.Shelf {
    // Another's token would reach the wrong data.
    guard new.holding.isOfSameGrantor(as: old.holding) else { return new }
    let served = new.holding.serving(old.holding.newest)
    return served.token == new.holding.token ? new : Snapshot.Shelf(served)
  }
}

extension Snapshot.State {
  fileprivate mutating func empty(_ count: Int) {
    self = Snapshot.State()
    shelves.reserveCapacity(count)
  }

  fileprivate mutating func put(_ shelf: Snapshot.Shelf) {
    let name = shelf.holding.name
    guard shelves[name] !== shelf else { return }
    let shelf = sharing(shelf)
    shelves[name] = shelf
    opened[name] = nil
    if shelf.holding.quarantine == nil { quarantined.remove(name) } else { quarantined.insert(name) }
    if let moment = shelf.holding.dueAt { enqueue(shelf, moment) }
  }

  /// Connections of one client keep one copy of what they share.
  private mutating func sharing(_ shelf: Snapshot.Shelf) -> Snapshot.Shelf {
    let facts = shelf.holding.client
    guard let known = clients[facts.name], known == facts else {
      clients[facts.name] = facts
      return shelf
    }
    if known === facts { return shelf }
    var holding = shelf.holding
    holding.client = known
    return Snapshot.Shelf(holding)
  }

  private mutating func enqueue(_ shelf: Snapshot.Shelf, _ moment: Timestamp) {
    due.add(shelf, at: moment)
    // What was replaced stays in line until its time comes, or until it is more than the rest.
    guard due.count > 2 * shelves.count + 64 else { return }
    due = DueLines()
    for shelf in shelves.values { if let moment = shelf.holding.dueAt { due.add(shelf, at: moment) } }
  }

  fileprivate mutating func dropStale(_ endpoint: String) {
    while let first = due.first(of: endpoint), shelves[first.shelf.holding.name] !== first.shelf {
      due.removeFirst(of: endpoint)
    }
  }
}
