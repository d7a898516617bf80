import Keeper
import OAuth
import Store
import Synchronization
import Wire

/// Who holds which refresh token: by what really lies in rows, offers, journals, memories and hands, whatever a row says of
/// itself.
final class Custody: Sendable {
  /// What made tokens vanish.
  enum Cause: String, Sendable {
    case network = "the network cut"
    case death = "a process died"
    case stall = "a process was held up between answer and sync"
    case restore = "a restored backup"
    case untold = "an old store that nothing could tell from a new one"
    case word = "the operator's word"
    case disconnect = "the operator disconnected it"
    case elsewhere = "another program holds the grant"
    case replay = "the network brought a token twice"
    case person = "the person took the approval back"
    case approval = "an approval came to nothing"
    case keeper = "an act of the keeper"
  }

  /// Since when nobody here holds a token of a connection that its provider answers, and why.
  struct Loss: Sendable {
    var cause: Cause
    var at: Timestamp
  }

  struct Issue: Sendable {
    var secret: Secret
    var connection: String
    var grant: String
    /// When, by the true clock.
    var at: Timestamp
  }

  struct Book {
    var issued: [[UInt8]: Issue] = [:]
    /// The approvals of each connection, oldest first.
    var grants: [String: [String]] = [:]
    var stored: [String: Set<[UInt8]>] = [:]
    var offered: [String: Set<[UInt8]>] = [:]
    var journaled: [String: Set<[UInt8]>] = [:]
    /// Answers that a process has, synced nowhere yet.
    var hands: [String: Set<[UInt8]>] = [:]
    /// The processes whose journal has failed since it was last synced.
    var unsynced: Set<String> = []
    /// Answers on their way, by exchange.
    var air: [Int64: Set<[UInt8]>] = [:]
    var exchanges: Int64 = 0
    /// The grant of each connection that was last in hand.
    var grant: [String: String] = [:]
    var grantLosses: [String: Loss] = [:]
    var losses: [String: Loss] = [:]
    var waivers: [String: Cause] = [:]
    var disconnects: [String: Int] = [:]
    /// How many approvals of each connection the operator has given up.
    var floors: [String: Int] = [:]
    /// The newest approval that a row of each connection has had.
    var adopted: [String: String] = [:]
    /// What was held when it was last looked at.
    var weighed: [String: Set<[UInt8]>] = [:]

    /// What is synced nowhere.
    var loose: Set<[UInt8]> {
      let inHand = hands.values.reduce(Set<[UInt8]>()) { $0.union($1) }
      return air.values.reduce(inHand) { $0.union($1) }
    }

    mutating func adopt(_ tokens: Set<[UInt8]>, for connection: String) {
      let grants = grants[connection] ?? [], stored = Set(tokens.compactMap { issued[$0]?.grant })
      guard let newest = grants.last(where: stored.contains) else { return }
      let known = adopted[connection].flatMap(grants.firstIndex(of:)) ?? -1
      if let place = grants.firstIndex(of: newest), place > known { adopted[connection] = newest }
    }
  }

  unowned let world: World
  let book = Mutex(Book())

  init(_ world: World) { self.world = world }

  // MARK: - What is known

  func loss(of connection: String) -> Loss? { book.withLock { $0.losses[connection] } }

  func connection(of fingerprint: [UInt8]) -> String? { book.withLock { $0.issued[fingerprint]?.connection } }

  /// When the access token that was given out with a refresh token truly ends.
  func end(of fingerprint: [UInt8]) -> Timestamp? {
    book.withLock { $0.issued[fingerprint]?.at }.map { $0 + world.lifetime }
  }

  /// The grant that was last in hand.
  func grant(of connection: String) -> String? { book.withLock { $0.grant[connection] } }

  /// Whether what was last in hand is an approval that no row has had.
  func isUnadopted(_ connection: String) -> Bool { book.withLock { $0.grant[connection] != $0.adopted[connection] } }

  /// Whether what is in hand is an approval that has reached neither the row nor an offer yet.
  func isOnItsWay(_ connection: String) -> Bool {
    book.withLock { book in
      let arrived = (book.stored[connection] ?? []).union(book.offered[connection] ?? [])
      return book.grant[connection] != book.adopted[connection]
        && !arrived.contains { book.issued[$0]?.grant == book.grant[connection] }
    }
  }

  /// Whether an approval is older than the newest that was stored, or was given up.
  func isSuperseded(_ grant: String, of connection: String) -> Bool {
    book.withLock { book in
      guard let grants = book.grants[connection], let mine = grants.firstIndex(of: grant) else { return false }
      if mine < book.floors[connection] ?? 0 { return true }
      guard let current = book.adopted[connection], let other = grants.firstIndex(of: current) else { return false }
      return mine < other
    }
  }

  /// Any token of a grant of that connection, with its standing.
  func spentToken(of connection: String) async -> Secret? {
    let secrets = book.withLock { book in
      book.issued.values.filter { $0.connection == connection }.map(\.secret).sorted { $0.exposed < $1.exposed }
    }
    var spent: [Secret] = []
    for secret in secrets {
      if let standing = await service(connection).standing(of: secret), standing.isAlive, !standing.isNewest {
        spent.append(secret)
      }
    }
    return world.dice.pick(spent)
  }

  /// Whether the row, or an offer for it, has the newest token.
  func holdsNewest(_ connection: String, offered: Bool) async -> Bool {
    let held = book.withLock { (offered ? $0.offered : $0.stored)[connection] ?? [] }
    return await standings(of: held).contains { $0.isNewest && $0.isAlive }
  }

  /// Where a successor of a token lies that is safe from any death, and who has one in hand.
  func successor(of shown: Standing, _ connection: String) async -> (synced: Bool, inHand: Bool) {
    let synced = synced(connection), loose = book.withLock(\.loose)
    func isLater(_ other: Standing) -> Bool { other.grant == shown.grant && other.generation > shown.generation }
    return (
      await standings(of: synced).contains(where: isLater), await standings(of: loose).contains(where: isLater)
    )
  }

  func service(_ connection: String) -> any Service { world.service(of: connection) }

  func standings(of fingerprints: Set<[UInt8]>) async -> [Standing] {
    let issues = book.withLock { book in fingerprints.compactMap { book.issued[$0] } }
    var standings: [Standing] = []
    for issue in issues {
      if let standing = await service(issue.connection).standing(of: issue.secret) { standings.append(standing) }
    }
    return standings
  }

  func synced(_ connection: String) -> Set<[UInt8]> {
    let remembered = world.running.compactMap { $0.keeper.remembers(connection) }
    return book.withLock { book in
      let held = (book.stored[connection] ?? []).union(book.offered[connection] ?? []).union(remembered)
      return book.journaled.values.reduce(held) { $0.union($1) }
        .filter { book.issued[$0]?.connection == connection }
    }
  }
}
