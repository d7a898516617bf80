import ArgumentParser
import Foundation
import HostileProvider
import Wire

@main
struct Drill: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drill",
    abstract: "Kills the real keeper over real sockets, hundreds of times, and looks whether its grants live.",
    discussion: """
      Where each kill has hit is judged by what the provider has logged, what is in the journal and what is in the store.
      Ends with 1 if a grant was lost that must not be.
      """)

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case kills
    case twoKeepers = "two-keepers"
    case window
  }

  @Option(help: "The program to kill.") var binary = ".build/debug/evergrant"
  @Option(help: "One part alone.") var only: Part?
  @Option(help: "How often keepers are killed in the first part, in all.") var kills = 540
  @Option(help: "How often each moment must be hit.") var eachMoment = 30
  @Option(help: "How many seconds the first part may kill.") var limit = 360
  @Option(help: "How many seconds the second part kills, once each.") var seconds = 120
  @Option(help: "How many connections the second part has.") var connections = 200
  @Option(help: "From what chance is drawn.") var seed: UInt64 = 1
  @Option(help: "Write the figures to this file, in JSON.") var figures: String?
  @Option(help: "Where the data folders are made, and removed again: a disk, so that syncs cost what they cost.")
  var folder = ".build"
  @Flag(help: "Judge at once, without waiting three minutes for the claims of dead keepers to end.") var hurried = false

  func run() async throws {
    let place = folder + "/drill-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let signals = [SIGINT, SIGTERM].map { Self.cleaningUp(after: $0, place) }
    defer {
      signals.forEach { $0.cancel() }
      Children.killAll()
      try? FileManager.default.removeItem(atPath: place)
    }
    let progress = Progress()
    let begun = ContinuousClock.now
    var (result, wrong) = try await withThrowingTaskGroup(of: (Figures, [String])?.self) { group in
      group.addTask {
        await progress.show()
        return nil
      }
      group.addTask { try await play(in: place, progress) }
      defer { group.cancelAll() }
      while let next = try await group.next() { if let next { return next } }
      return (Figures(), [])
    }
    result.seconds = Int((ContinuousClock.now - begun).components.seconds)
    print(result.text)
    if let figures { try result.write(to: figures) }
    for sentence in wrong.prefix(40) { print("wrong: \(sentence)") }
    guard wrong.isEmpty else { throw ExitCode(1) }
    print("drill: no grant was lost that need not be")
  }

  private func play(in place: String, _ progress: Progress) async throws -> (Figures, [String]) {
    var result = Figures(), wrong: [String] = []
    async let two =
      only == nil || only == .twoKeepers
      ? TwoKeepers.begin(
        connections: connections, seconds: seconds, at: place + "/two", binary: binary, seed: seed, progress: progress)
      : nil
    if only == nil || only == .kills {
      async let first = KillRun.begin(
        .tolerant, connections: 400, at: place + "/tolerant", binary: binary, seed: seed, progress: progress)
      async let second = KillRun.begin(
        .strict, connections: 240, at: place + "/strict", binary: binary, seed: seed + 1, progress: progress)
      let (tolerant, strict) = try await (first, second)
      async let one: Void = tolerant.kill(kills * 2 / 3, eachMoment: eachMoment, within: .seconds(limit))
      async let other: Void = strict.kill(kills / 3, eachMoment: eachMoment / 2, within: .seconds(limit))
      _ = try await (one, other)
      // While the claims of the dead run out, the second part has the machine.
      async let healed: Void = tolerant.heal(inAHurry: hurried)
      async let healedToo: Void = strict.heal(inAHurry: hurried)
      try await two?.run(inAHurry: hurried)
      _ = try await (healed, healedToo)
      for run in [tolerant, strict] {
        result.add(run.yard.kind, run.result)
        wrong += run.result.wrong
      }
      wrong += shortfall(tolerant.result, strict.result, &result)
    } else {
      try await two?.run(inAHurry: hurried)
    }
    if let two = try await two {
      result.add(two.result)
      wrong += two.result.wrong
    }
    if only == nil || only == .window {
      let widths = try await Window.measure(500, at: place + "/window", binary: binary, seed: seed)
      result.window = Figures.Window(
        refreshes: widths.count, median_milliseconds: widths.medianMilliseconds,
        p99_milliseconds: widths.p99Milliseconds)
    }
    return (result, wrong)
  }

  /// What was promised of the kills and did not come about.
  private func shortfall(_ tolerant: KillRun.Tally, _ strict: KillRun.Tally, _ result: inout Figures) -> [String] {
    let count = tolerant.kills + strict.kills
    let between = tolerant.betweenClaimAndLanding + strict.betweenClaimAndLanding
    result.kills = count
    result.percent_between_claim_and_landing = count == 0 ? 0 : between * 100 / count
    var missing: [String] = []
    if count < kills { missing.append("\(count) kills in \(limit) s, and \(kills) were due") }
    if between * 100 < count * 60 { missing.append("only \(between) of \(count) kills were between claim and landing") }
    for moment in KillPoint.allCases {
      let hits = tolerant.byMoment[moment, default: 0] + strict.byMoment[moment, default: 0]
      if hits < eachMoment { missing.append("\(moment.rawValue) was hit \(hits) times, and \(eachMoment) were due") }
    }
    return missing
  }

  /// Somebody who stops the drill finds no keeper and no folder left.
  private static func cleaningUp(after number: Int32, _ place: String) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number)
    source.setEventHandler {
      Children.killAll()
      try? FileManager.default.removeItem(atPath: place)
      _exit(128 + number)
    }
    source.resume()
    return source
  }
}
