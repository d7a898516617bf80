import Keeper
import OAuth
import Operator
import Store
import Synchronization
import Wire

/// The provider's “who am I”, which spends nothing.
package final class WhoAmI: Upstream {
  private struct State {
    var status = 200
    var isDown = false
    var calls = 0
  }
  private let state = Mutex(State())
  package var calls: Int { state.withLock(\.calls) }

  package func answer(_ status: Int) { state.withLock { $0.status = status } }
  package func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

  package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try state.withLock { state in
      state.calls += 1
      if state.isDown { throw KeeperError.refused("no route") }
      return UpstreamResponse(status: state.status, body: Array(#"{"email":"ann@example.org"}"#.utf8))
    }
  }
}

/// A store that can be set back to an earlier copy, with a connection in it, its provider and who asks that.
package struct QuarantineStage {
  package let database: RestorableDatabase
  package let world: KeeperWorld
  package let upstream = WhoAmI()

  package init(tolerant: Bool = false, adjust: (inout Provider) -> Void = { _ in }) async throws {
    database = try RestorableDatabase()
    world = try await KeeperWorld(tolerant: tolerant, database: database, adjust: adjust)
    try await world.connect()
  }

  package func keeper(_ process: String, clock: WallClock? = nil, surroundings: Surroundings = .unknown) -> Keeper {
    world.keeper(process, clock: clock, upstream: upstream, surroundings: surroundings)
  }

  /// Another refresh that has landed, without a flight.
  package func landed(
    access: String, refresh: String?, by process: String = "p1", lifetime: Int64 = 86_400
  ) async throws {
    let seen = try await world.row().generation
    guard let claim = try await world.claim(process, seen: seen, forced: true) else {
      throw KeeperError.refused("no claim")
    }
    _ = try await world.store(process).land(
      TokenResponse(accessToken: Secret(access), expiresIn: lifetime, refreshToken: refresh.map(Secret.init)),
      of: claim, sentAt: world.time.now, clockSkew: .zero)
  }

  /// An answer that a process has put into its journal before it died.
  package func journaled(access: String, refresh: String?, by process: String = "p1") async throws {
    let seen = try await world.row().generation
    guard let claim = try await world.claim(process, seen: seen, forced: true) else {
      throw KeeperError.refused("no claim")
    }
    let response = TokenResponse(
      accessToken: Secret(access), expiresIn: 86_400, refreshToken: refresh.map(Secret.init))
    let received = Received(response, of: claim, AnswerTiming(sentAt: world.time.now, clockSkew: .zero))
    let journal = try world.host.journals(process).own()
    guard let slot = journal.reserve() else { throw KeeperError.refused("no slot") }
    try await journal.write(received.sealed(world.ring, .seeded(5)), to: slot)
    world.host.end(process)
  }

  /// How often the store has noticed a restored backup; only that it differs tells something.
  package func era() async throws -> Int64 {
    try await world.database.read { try $0.row("SELECT quarantines FROM store_state")?["quarantines"] ?? -1 }
  }

  /// The secrets of the store that do not open.
  package func unopened() async throws -> [String] {
    try await world.database.read { [world] in try SealedTable.unopened(with: world.ring, $0).map(\.words) }
  }

  /// One refresh by a process that is gone afterwards.
  package func refreshed(_ seen: Int64 = 1) async throws {
    _ = await world.refresher("gone").refresh("shop", .due(seen))
    world.host.end("gone")
  }

  /// A day later, a process that starts now would refresh what it may.
  package func wouldRefresh(_ process: String = "late") async throws -> Bool {
    let before = world.provider.requests.count
    let seen = try await world.row().generation
    _ = await world.refresher(process).refresh("shop", Flights.Request(seen: seen, forced: true))
    world.host.end(process)
    return world.provider.requests.count > before
  }

  package func events(_ kind: String) async throws -> Int {
    try await world.database.read { try $0.rows("SELECT id FROM events WHERE kind = $1", kind) }.count
  }
}
