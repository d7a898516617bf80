import Foundation
import HostileProvider
import Keeper
import Operator
import TestKit
import Wire

/// Kills one keeper after another on one data folder, and looks what becomes of its grants.
final class KillRun: Sendable {
  /// How many seconds an access token lives here: so long that of all connections one or two fall due between two kills. A
  /// claim that a kill leaves is open for three minutes, and more at once would soon leave none to refresh.
  static let lifetimes: ClosedRange<Int64> = 60...240

  /// What happened.
  struct Tally: Sendable {
    var kills = 0
    var byMoment: [KillPoint: Int] = [:]
    /// Kills that hit no refresh.
    var idle = 0
    /// Refreshes that were in the air at a kill besides the one that it was meant for.
    var besides = 0
    /// Requests that had their effect only after their keeper was dead.
    var late = 0
    /// When the keepers were killed that had presented a connection's token and had no answer in the journal.
    var doubts: [String: [ContinuousClock.Instant]] = [:]
    /// Grants that were lost, each diagnosed: their keeper died between the provider's commit and our sync.
    var lost = 0
    /// The same, but the request was on its way when the keeper died, and was committed afterwards.
    var lostOnTheWay = 0
    var wrong: [String] = []

    var betweenClaimAndLanding: Int {
      byMoment.reduce(0) { $0 + ($1.key.isBetweenClaimAndLanding ? $1.value : 0) }
    }
  }

  let yard: Yard
  private let steering: Steering
  private let lock: WriteLock
  private let progress: Progress
  private let random: Shared<SeededGenerator>
  private let tally = Shared(Tally())

  var result: Tally { tally.value }

  static func begin(
    _ kind: Yard.Kind, connections: Int, at path: String, binary: String, seed: UInt64, progress: Progress
  ) async throws -> KillRun {
    let steering = Steering(seed: seed, lifetimes: lifetimes)
    let yard = try await Yard.layOut(kind, at: path, binary: binary, director: steering, seed: seed)
    var random = SeededGenerator(seed: seed)
    for number in 1...connections {
      try await yard.approve("c\(number)", lifetime: .seconds(Int64.random(in: 4...180, using: &random)))
    }
    return KillRun(yard, steering, try WriteLock(yard.folder.file(KeeperStore.name)), progress, random)
  }

  private init(
    _ yard: Yard, _ steering: Steering, _ lock: WriteLock, _ progress: Progress, _ random: SeededGenerator
  ) {
    self.yard = yard
    self.steering = steering
    self.lock = lock
    self.progress = progress
    self.random = Shared(random)
  }

  /// Kills so often, and each moment so often, within the time.
  func kill(_ kills: Int, eachMoment least: Int, within limit: Duration) async throws {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      let now = tally.value
      let scarce = KillPoint.allCases.filter { now.byMoment[$0, default: 0] < least }
      if now.kills >= kills, scarce.isEmpty { break }
      try await round(aimingAt: aim(now))
      try await lookForLosses()
      report("killing")
    }
  }

  /// Leaves a keeper alone until no claim of a dead one is left, and looks at every grant; in a hurry at those alone that
  /// no such claim keeps from being refreshed.
  func heal(inAHurry isHurried: Bool) async throws {
    steering.aim(at: nil)
    let process = try await yard.startKeeper()
    let healed =
      isHurried
      ? true
      : try await eventually(within: .seconds(300), every: .milliseconds(500)) { () -> Bool? in
        let standings = try await yard.standings()
        let open = standings.filter { $0.intent.map { !$0.process.hasPrefix("\(process.pid)-") } ?? false }.count
        report("healing, \(open) claims of the dead are left")
        return open == 0 ? true : nil
      }
    let status = try await process.terminate()
    if status != 0 { note("the keeper that was left alone ended with \(status)") }
    if healed == nil { note("claims of dead keepers are left after 300 s") }
    try await lookForLosses(approvingAnew: false)
    for standing in try await yard.standings() where !standing.needsApproval && standing.intent == nil {
      if standing.fingerprint != yard.model.newestRefreshToken(of: standing.name)?.fingerprint {
        note("\(standing.name) holds a refresh token that is not the provider's newest")
      }
    }
    report("done")
  }

  // MARK: - One kill

  /// The moment that was hit least; at every sixth kill, whatever moment chance brings.
  private func aim(_ tally: Tally) -> KillPoint? {
    random.change { random in
      if Int.random(in: 0..<6, using: &random) == 0 { return nil }
      let least = KillPoint.allCases.map { tally.byMoment[$0, default: 0] }.min() ?? 0
      return KillPoint.allCases.filter { tally.byMoment[$0, default: 0] == least }.randomElement(using: &random)
    }
  }

  private func pause(upTo most: Duration) async throws {
    let part = random.change { Double.random(in: 0...1, using: &$0) }
    try await Task.sleep(for: most * part)
  }

  private func round(aimingAt aim: KillPoint?) async throws {
    let earlier = yard.server.visits.count
    steering.aim(at: aim)
    if aim == .claimed { try await yard.server.closeDoor() }
    let process = try await yard.startKeeper()
    steering.arm(process)
    do { try await bring(process, to: aim) } catch {
      process.kill()
      throw error
    }
    process.kill()
    try await process.ending()
    let target = steering.target
    let caught = try await yard.caught(by: process, visits: yard.server.visits[earlier...], target: target)
    steering.aim(at: nil)
    yard.server.openDoor()
    if let target { try await release(target, aim) }
    count(
      caught, at: process.killedAt ?? .now, target: yard.server.visits.first { $0.number == target }?.grant)
  }

  /// Waits until a refresh is where its keeper shall be killed.
  private func bring(_ process: KeeperProcess, to aim: KillPoint?) async throws {
    let patience = Duration.seconds(20)
    switch aim {
    case nil: try await pause(upTo: .milliseconds(600))
    case .claimed:
      _ = try await eventually(within: patience) {
        try await yard.standings().contains { $0.intent?.process.hasPrefix("\(process.pid)-") ?? false } ? () : nil
      }
      try await pause(upTo: .milliseconds(5))
    case .received, .committed, .cut:
      let stage: Visit.Stage = aim == .received ? .received : aim == .committed ? .committed : .halfAnswered
      try await eventually(within: patience) { visit?.at(stage).map { _ in () } }
      try await pause(upTo: .milliseconds(20))
    case .answered: try await eventually(within: patience) { process.killedAt.map { _ in () } }
    case .journaled:
      guard let target = try await eventually(within: patience, { visit }) else { return }
      try await lock.hold {
        yard.server.letGo(target.number)
        try await eventually(within: patience) {
          try yard.journaled(by: process.pid).contains(target.grant ?? "") ? () : nil
        }
        try await pause(upTo: .milliseconds(5))
        process.kill()
        try await process.ending()
      }
    case .landed:
      guard let target = try await eventually(within: patience, { visit }) else { return }
      _ = try await eventually(within: patience) {
        try await yard.standings().contains { $0.name == target.grant && $0.fingerprint != target.presented } ? () : nil
      }
      try await pause(upTo: .milliseconds(10))
    }
  }

  private var visit: Visit? { steering.target.flatMap { number in yard.server.visits.first { $0.number == number } } }

  /// Ends what is still held. A provider may come to a request long after whoever sent it is dead: where a repeat is
  /// harmless, every second one does.
  private func release(_ target: Int, _ aim: KillPoint?) async throws {
    guard aim == .received, yard.kind == .tolerant, random.change({ Bool.random(using: &$0) }) else {
      return yard.server.hangUp(target)
    }
    yard.server.letGo(target)
    tally.change { $0.late += 1 }
  }

  private func count(_ caught: [Caught], at killedAt: ContinuousClock.Instant, target: String?) {
    tally.change { tally in
      tally.kills += 1
      let meant = caught.first { $0.connection == target } ?? caught.first
      if let meant { tally.byMoment[meant.moment, default: 0] += 1 } else { tally.idle += 1 }
      tally.besides += max(0, caught.count - 1)
      for one in caught where one.moment != .journaled && one.moment != .landed {
        tally.doubts[one.connection, default: []].append(killedAt)
      }
    }
  }

  // MARK: - What became of the grants

  private func lookForLosses(approvingAnew: Bool = true) async throws {
    // At the end the real command is asked.
    let told = approvingAnew ? [:] : try await yard.status()
    for standing in try await yard.standings() where standing.needsApproval {
      let name = standing.name
      let said = try await (approvingAnew ? yard.keeper.desk.status(name).trouble : told[name]) ?? "nothing"
      // The row has what was diagnosed, and status must tell that.
      let isDiagnosed = if case .answerLost? = standing.loss { said.contains(Loss.words(standing.loss)) } else { false }
      let kills = tally.change { $0.doubts.removeValue(forKey: name) ?? [] }
      let spent = yard.server.visits.last { $0.grant == name && $0.outcome == .rotated }
      if yard.kind == .tolerant {
        note("\(name) was lost at a provider that tolerates a repeat; status says: \(said)")
      } else if !isDiagnosed {
        note("\(name) was lost and status does not say why: \(said)")
      } else if let spent, let received = spent.at(.received), let committed = spent.at(.committed),
        let killedAt = kills.first(where: { $0 >= received }) ?? kills.last
      {
        tally.change { if committed <= killedAt { $0.lost += 1 } else { $0.lostOnTheWay += 1 } }
      } else {
        note("\(name) was lost and no keeper had died with its refresh in the air; status says: \(said)")
      }
      // Somebody approves, and it goes on.
      if approvingAnew { try await yard.approve(name, lifetime: .seconds(10)) }
    }
  }

  private func note(_ sentence: String) { tally.change { $0.wrong.append("\(yard.kind.rawValue): \(sentence)") } }

  private func report(_ doing: String) {
    let now = tally.value
    let least = KillPoint.allCases.map { now.byMoment[$0, default: 0] }.min() ?? 0
    progress.set(
      yard.kind.rawValue,
      "\(doing), \(now.kills) kills, each moment \(least) times or more, \(now.lost + now.lostOnTheWay) lost")
  }
}
