import Foundation
import HostileProvider
import Keeper
import OAuth
import Operator
import Outbound
import Synchronization
import TestKit
import Wire

/// Two keepers on one data folder, connections that expire together, and a keeper that dies every second.
final class TwoKeepers: Sendable {
  struct Tally: Sendable {
    var kills = 0
    var calls = 0
    /// Calls that met a keeper which died before it had answered.
    var cutOff = 0
    /// Calls that were refused when the store held no token that lived: their refresh waits for the claim of a dead keeper.
    var withoutToken = 0
    var rotations = 0
    /// Answers that were given once more, since the first was lost.
    var repeats = 0
    var wrong: [String] = []
  }

  /// Seconds that the tokens live with which all begin. RefreshPolicy spreads over a twentieth of that what expires at one
  /// moment: two fifths of the time of the kills.
  private let firstLifetime: Int64
  /// Seconds that the tokens live which come of that, so that all are due again before the end.
  private let secondLifetime: Int64
  /// How long before the first is due all is laid out.
  private static let headStart: Int64 = 10

  private let yard: Yard
  private let director: Latecomer
  private let seconds: Int
  private let names: [String]
  private let progress: Progress
  private let tally = Shared(Tally())
  private let keepers: [Shared<Seat?>]
  private let keys = Shared<[String: Secret]>([:])
  private let tokenEnds = Shared<[String: Int64]>([:])
  private let isOver = Shared(false)

  /// A keeper that runs, and the way to it.
  private struct Seat: Sendable {
    var process: KeeperProcess
    var client: OutboundClient
  }

  var result: Tally { tally.value }

  static func begin(
    connections: Int, seconds: Int, at path: String, binary: String, seed: UInt64, progress: Progress
  ) async throws -> TwoKeepers {
    let director = Latecomer(seed: seed, lifetime: Int64(seconds / 2))
    let yard = try await Yard.layOut(.tolerant, at: path, binary: binary, director: director, seed: seed)
    return TwoKeepers(yard, director, connections: connections, seconds: seconds, progress: progress)
  }

  private init(_ yard: Yard, _ director: Latecomer, connections: Int, seconds: Int, progress: Progress) {
    self.yard = yard
    self.director = director
    self.seconds = seconds
    firstLifetime = Int64(seconds * 8)
    secondLifetime = Int64(seconds / 2)
    self.progress = progress
    names = (1...connections).map { "c\($0)" }
    keepers = [Shared(nil), Shared(nil)]
  }

  func run(inAHurry isHurried: Bool) async throws {
    guard let rule = APIKey.Rule("GET /crm/rest/v2/contacts") else { return }
    for name in names {
      try await yard.approve(
        name, lifetime: .seconds(firstLifetime), age: .seconds(firstLifetime * 3 / 4 - Self.headStart))
      let key = try await yard.keeper.desk.addKey("key-\(name)", connection: name, rules: [rule], handsOutTokens: false)
      keys.change { $0[name] = key }
    }
    try await look()
    for place in 0...1 { try await seat(place) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask { try await self.call(SeededGenerator(seed: UInt64(number))) }
      }
      group.addTask {
        while !self.isOver.value {
          try await self.look()
          try await Task.sleep(for: .milliseconds(300))
        }
      }
      group.addTask {
        defer { self.isOver.value = true }
        try await self.killEverySecond()
        try await self.heal(inAHurry: isHurried)
      }
      try await group.waitForAll()
    }
    try await judge(all: !isHurried)
  }

  private func seat(_ place: Int) async throws {
    let process = try await yard.startKeeper("keeper\(place)")
    keepers[place].value = Seat(process: process, client: OutboundClient())
  }

  private func killEverySecond() async throws {
    var random = SeededGenerator(seed: 4)
    let begun = ContinuousClock.now
    for second in 1...seconds {
      try await Task.sleep(until: begun + .seconds(second), clock: .continuous)
      let place = Int.random(in: 0...1, using: &random)
      if let seat = keepers[place].value {
        seat.process.kill()
        keepers[place].value = nil
        try await seat.process.ending()
        await seat.client.close()
      }
      tally.change { $0.kills += 1 }
      try await self.seat(place)
      report("killing")
    }
  }

  /// Leaves both alone until no claim of a dead keeper is left, and stops them.
  private func heal(inAHurry isHurried: Bool) async throws {
    director.setLifetime(3600)
    let living = keepers.compactMap { $0.value?.process }
    let healed =
      isHurried
      ? true
      : try await eventually(within: .seconds(300), every: .milliseconds(500)) { () -> Bool? in
        let open = try await yard.standings().filter { standing in
          standing.intent.map { intent in !living.contains { intent.process.hasPrefix("\($0.pid)-") } } ?? false
        }
        report("healing, \(open.count) claims of the dead are left")
        return open.isEmpty ? true : nil
      }
    if healed == nil { note("claims of dead keepers are left after 300 s") }
    isOver.value = true
    for process in living {
      let status = try await process.terminate()
      if status != 0 { note("a keeper that was left alone ended with \(status)") }
    }
  }

  // MARK: - Calls

  private func look() async throws {
    let ends = Dictionary(try await yard.standings().map { ($0.name, $0.accessUntil) }) { $1 }
    tokenEnds.value = ends
  }

  /// Calls the API through whichever keeper lives, as a job does.
  private func call(_ seed: SeededGenerator) async throws {
    var random = seed
    while !isOver.value {
      try await Task.sleep(for: .milliseconds(10))
      guard let name = names.randomElement(using: &random), let key = keys.value[name],
        let seat = keepers[Int.random(in: 0...1, using: &random)].value
      else { continue }
      let address = "http://127.0.0.1:\(seat.process.port)/via/\(name)/crm/rest/v2/contacts"
      let response = try? await seat.client.send(
        "GET", address, headers: [("X-API-Key", key.exposed)], timeout: .seconds(40))
      let now = WallClock.system.now().milliseconds
      let hasToken = (tokenEnds.value[name] ?? 0) > now
      let died = seat.process.killedAt != nil || isOver.value
      tally.change { tally in
        switch (response?.status, died, hasToken) {
        case (200, _, _): tally.calls += 1
        case (_, true, _): tally.cutOff += 1
        case (_, _, false): tally.withoutToken += 1
        case (let status, false, true):
          let words = response.map { String($0.text.prefix(200)) } ?? "no answer"
          tally.wrong.append("a call for \(name) was refused with \(status ?? 0) while its token lived: \(words)")
        }
      }
    }
  }

  // MARK: - What became of the grants

  private func judge(all: Bool) async throws {
    let log = yard.model.log
    tally.change { tally in
      tally.rotations = log.count { $0.outcome == .rotated }
      tally.repeats = log.count { $0.outcome == .repeated }
    }
    // A claim of a dead keeper is left only where its end was not waited for.
    for standing in try await yard.standings() where standing.intent == nil {
      let name = standing.name
      if standing.needsApproval { note("\(name) was lost") }
      if standing.fingerprint != yard.model.newestRefreshToken(of: name)?.fingerprint {
        note("\(name) holds a refresh token that is not the provider's newest")
      }
      // The first landing is the approval's own.
      let rotations = yard.model.rotations(of: name)
      if Int64(rotations) != standing.generation - 1 {
        note("\(name) was rotated \(rotations) times and refreshed \(standing.generation - 1) times")
      }
      if all, rotations == 0 { note("\(name) was never refreshed") }
      judgeTimes(of: name, log)
    }
    if yard.server.calls.refused > 0 {
      note("the provider refused \(yard.server.calls.refused) calls that a keeper let through")
    }
  }

  /// No rotation may come before its refresh was due: at three quarters of the lifetime at the earliest.
  private func judgeTimes(of name: String, _ log: [ModelLogEntry]) {
    let rotated = log.filter { $0.grant == name && $0.outcome == .rotated }
    for (earlier, later) in zip(rotated, rotated.dropFirst()) {
      let apart = later.at - earlier.at
      if apart < .seconds(secondLifetime) * 0.74 { note("\(name) was rotated twice within \(apart)") }
    }
  }

  private func note(_ sentence: String) { tally.change { $0.wrong.append("two keepers: \(sentence)") } }

  private func report(_ doing: String) {
    let now = tally.value
    progress.set("two keepers", "\(doing), \(now.kills) kills, \(now.calls) calls answered")
  }
}

/// Answers every request some time after it had its effect, so that a kill finds refreshes in the air.
private final class Latecomer: Director {
  private struct State {
    var random: SeededGenerator
    var lifetime: Int64
  }

  private let state: Mutex<State>

  init(seed: UInt64, lifetime: Int64) {
    state = Mutex(State(random: SeededGenerator(seed: seed), lifetime: lifetime))
  }

  func setLifetime(_ seconds: Int64) { state.withLock { $0.lifetime = seconds } }

  func conduct(_ visit: Visit) -> Conduct {
    state.withLock { state in
      Conduct(
        .late(.milliseconds(Int64.random(in: 0...150, using: &state.random))), lifetime: .seconds(state.lifetime))
    }
  }

  func reached(_ stage: Visit.Stage, _ visit: Visit) {}
}
