import Foundation
import Store
import Synchronization
import TestKit
import Testing
import Wire

extension RealPrograms {
  @Suite("sharing", .alone) struct Sharing {
    /// How many expiries are lived through; `EVERGRANT_SHARING_REFRESHES` makes it more.
    static let refreshes =
      ProcessInfo.processInfo.environment["EVERGRANT_SHARING_REFRESHES"].flatMap { Int64($0) } ?? 8

    @Test("a server, four token commands and an import on one folder refresh once per expiry, and no call is refused")
    func sharing() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop(lifetime: 1)
        let keyFile = try await stage.addKey()
        let keeper = try await stage.startKeeper()
        let crowd = Crowd(
          stage: stage, keeper: keeper, job: stage.job(keeper, keyFile: keyFile), key: try stage.read(keyFile),
          store: try SQLite(path: stage.keeperData + "/keeper.sqlite"))
        let tally = try await crowd.work(untilRefreshed: Self.refreshes)
        #expect(try await keeper.program.terminate().status == 0)

        #expect(tally.refused == [])
        #expect(tally.tokens > 0 && tally.callsWithToken > 0 && tally.callsWithKey > 0 && tally.imports > 0)
        let (status, _) = try await stage.status()
        let rotations = try await stage.grants(of: app).rotations
        #expect(rotations == status.generation - 1)
        #expect(rotations >= Self.refreshes)
        let sent = tally.sentAt.sorted { $0.key < $1.key }
        for (earlier, later) in zip(sent, sent.dropFirst()) {
          // A refresh is due when at least 75 of 100 parts of the lifetime are over.
          let least = Int64(700 * stage.stretched(1))
          #expect(later.value - earlier.value >= least * (later.key - earlier.key))
        }
        print(
          "sharing: \(tally.tokens) tokens, \(tally.callsWithToken) calls with one, \(tally.callsWithKey) calls with the key,",
          "\(tally.imports) imports, \(rotations) refreshes")
      }
    }
  }

  /// Everybody who uses one data folder at the same time.
  private struct Crowd: Sendable {
    struct Tally: Sendable {
      var tokens = 0
      var callsWithToken = 0
      var callsWithKey = 0
      var imports = 0
      var refused: [String] = []
      /// When the refresh was sent that led to a generation, in milliseconds.
      var sentAt: [Int64: Int64] = [:]

      var refreshes: Int64 { (sentAt.keys.max() ?? 0) - (sentAt.keys.min() ?? 0) }
    }

    private final class Counter: Sendable { let tally = Mutex(Tally()) }

    let stage: Stage
    let keeper: Stage.Keeper
    let job: [String: String]
    let key: String
    let store: SQLite
    private let counter = Counter()

    init(stage: Stage, keeper: Stage.Keeper, job: [String: String], key: String, store: SQLite) {
      self.stage = stage
      self.keeper = keeper
      self.job = job
      self.key = key
      self.store = store
    }

    /// Everybody goes on until there were so many refreshes.
    func work(untilRefreshed count: Int64) async throws -> Tally {
      let end = ContinuousClock.now + farOff
      let parts = [useToken, useToken, useToken, useToken, importCustomers, useKey, look]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for part in parts {
          group.addTask {
            repeat { try await part() } while refreshes < count && ContinuousClock.now < end
          }
        }
        try await group.waitForAll()
      }
      return counter.tally.withLock { $0 }
    }

    private var refreshes: Int64 { counter.tally.withLock { $0.refreshes } }

    @Sendable private func useToken() async throws {
      let ending = try await stage.evergrant("token", "shop", "--json", "--data", stage.keeperData)
      guard ending.status == 0 else {
        return counter.tally.withLock { $0.refused.append("token: \(ending.status) \(ending.errors)") }
      }
      let token = try ending.decoded(Stage.Token.self)
      let answer = try await stage.callAPI("GET", "/crm/rest/v1/oauth/connect/userinfo", token: token.accessToken)
      // A token that is over by the time of its answer may have been refused for that.
      let isJudged = answer.status == 200 || !token.isOver
      counter.tally.withLock {
        $0.tokens += 1
        if isJudged { $0.callsWithToken += 1 }
        if isJudged, answer.status != 200 { $0.refused.append("a call with a token: \(answer.status) \(answer.body)") }
      }
    }

    @Sendable private func importCustomers() async throws {
      let ending = try await stage.evergrant(
        "contacts", "import", stage.sample("customers-shopify.csv"), environment: job)
      counter.tally.withLock {
        $0.imports += 1
        if ending.status != 0 { $0.refused.append("import: \(ending.status) \(ending.errors)") }
      }
    }

    @Sendable private func useKey() async throws {
      let answer = try await keeper.call("GET", "/crm/rest/v2/contacts?page_size=1", key: key)
      counter.tally.withLock {
        $0.callsWithKey += 1
        if answer.status != 200 { $0.refused.append("a call with the key: \(answer.status) \(answer.body)") }
      }
    }

    @Sendable private func look() async throws {
      let row = try await store.read { db in
        try db.row("SELECT generation, access_from FROM connections WHERE name = 'shop'")
      }
      if let row {
        let (generation, from) = (try row["generation"] as Int64, try row["access_from"] as Int64)
        counter.tally.withLock { $0.sentAt[generation] = from }
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
