import KeeperKit
import Store
import Testing

@testable import Keeper

/// What earlier versions have written in sentences is read as data once, and what nobody knows is shown as it stood.
@Suite("Sentences of earlier versions")
struct EarlierSentencesTests {
  @Test("each sentence of the version before is read as what it meant")
  func known() {
    let troubles: [(String, Trouble)] = [
      ("the token endpoint cannot be reached (nothing listens there)", .unreachable(because: "nothing listens there")),
      ("the token endpoint is not available (status 503 (busy))", .unavailable(words: "status 503 (busy)")),
      ("the token endpoint asks for a pause", .throttled),
      ("this machine was too slow to begin in time", .heldUp),
      (
        "the answer to a refresh was lost: the connection was closed", .answerLost(because: "the connection was closed")
      ),
      (
        "Keap has switched it off for now, and says that the approval stands (400 access_denied)",
        .suspended(words: "400 access_denied")
      ),
      ("a fault of Evergrant's own ended its refresh (landed while reading)", .fault(words: "landed while reading")),
      (
        "the API does not accept its access token any more, and there is no refresh token to get another with",
        .accessRefused
      ),
      ("something that nobody has ever written", .told("something that nobody has ever written")),
    ]
    for (sentence, trouble) in troubles { #expect(EarlierSentences.trouble(sentence) == trouble) }
    let losses: [(String, Loss)] = [
      (
        "the provider refuses the grant (400 invalid_grant), although its token is the newest and no answer was lost: it "
          + "was revoked there, or another program holds this grant", .refused(words: "400 invalid_grant")
      ),
      (
        "answer lost at 2027-01-15 08:00:00 UTC: the answer to that refresh was lost, and the provider no longer accepts "
          + "its token (400 invalid_grant)", .answerLost(at: Rows.now, words: "400 invalid_grant")
      ),
      ("the provider refuses it", .told("the provider refuses it")),
    ]
    for (sentence, loss) in losses { #expect(EarlierSentences.loss(sentence) == loss) }
    let causes: [(String, StaleCause)] = [
      ("there is no witness beside the database, so it may be an old one", .noWitness),
      ("the witness cannot be read, so the database may be an old one", .witnessUnreadable),
      ("the witness belongs to another database", .foreignWitness),
      ("the database is older than its witness: 3 refreshes are missing in it", .behindWitness(refreshes: 3)),
      (
        "the data folder is an old one, or has a double that works: 4 refreshes are known of outside it that are missing "
          + "in it", .behindMachine(refreshes: 4)
      ),
      ("a running process remembers newer tokens than the database has", .behindMemory),
      ("it holds an older token than one that was spent", .behindSpent),
      ("another machine has worked on this data before, and may have gone on with it", .otherMachine),
      ("it was restored from the backup monday.db", .restored(backup: "monday.db")),
      (
        "the data that it was kept from is an old one too: the witness belongs to another database",
        .keptFrom(.foreignWitness)
      ),
      ("it is old", .told("it is old")),
    ]
    for (sentence, cause) in causes { #expect(EarlierSentences.staleCause(sentence) == cause) }
    let stops: [(String, ClientStop)] = [
      ("the provider does not accept the client's id and secret (401)", .refused(words: "401")),
      (
        "the provider refuses its tokens (400) since another app was set, and a grant counts for the app that it was given "
          + "to. Set the app of before again, or have its connections approved anew with evergrant reconnect",
        .appReplaced(words: "400")
      ),
      (
        "the provider refuses its tokens (400), which it also does for a wrong client secret. If the secret is right, an "
          + "approval has ended: evergrant reconnect shop", .secretDoubted(words: "400", connection: "shop")
      ),
      ("stopped by hand", .told("stopped by hand")),
    ]
    for (sentence, stop) in stops { #expect(EarlierSentences.clientStop(sentence) == stop) }
  }

  @Test("K15: a fact that a column holds is read again, and one of a later version is shown as it stands")
  func storedFacts() {
    let facts: [Trouble] = [.throttled, .heldUp, .unreachable(because: "“no”\n{}"), .accessRefused, .told("{}")]
    for fact in facts { #expect(Trouble(stored: fact.stored) == fact) }
    #expect(Trouble(stored: .text(#"{"throttled":{}}"#)) == .throttled)
    #expect(Trouble(stored: .text(#"{"dissolved":{}}"#)) == .told(#"{"dissolved":{}}"#))
    #expect(Trouble(stored: .integer(1)) == nil)
    let nested = StaleCause.keptFrom(.restored(backup: "a"))
    #expect(StaleCause(stored: nested.stored) == nested)
  }

  @Test("K19: a pause that a provider has asked for before the update is not put forward by --force after it")
  func pause() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(KeeperSchema.migrations.filter { $0.version < 10 })
    try await database.write { db in
      try db.execute(
        """
        INSERT INTO clients (name, provider, client_id, changed_at, stopped)
        VALUES ('app', 'evergrant', 'id', 0, 'the provider does not accept the client''s id and secret (401)')
        """)
      try db.execute(
        """
        INSERT INTO connections (name, client, state, epoch, generation, version, created_at, retry_at, retry_from, trouble)
        VALUES ('shop', 'app', 'active', 1, 1, 1, 0, 9000000000000, 0, 'the token endpoint asks for a pause')
        """)
      try db.execute(
        """
        INSERT INTO connections (name, client, state, epoch, generation, version, created_at, reason)
        VALUES ('gone', 'app', 'disconnected', 1, 1, 1, 0, 'disconnected by the operator')
        """)
    }
    let world = try await KeeperWorld(database: database)
    try await world.store().endPause("shop")
    let shop = try await world.row("shop")
    #expect(shop.trouble == .throttled && shop.retryAt != nil)
    #expect(try await world.row("gone").loss == nil)
    let stopped: ClientStop? = try await database.read { try $0.row("SELECT stopped FROM clients")?["stopped"] }
    #expect(stopped == .refused(words: "401"))
  }
}
