import ArgumentParser
import Foundation
import Keeper
import Wire

/// Starts the keeper on a filled folder and prints what it cost, in JSON.
struct KeeperCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "keeper", abstract: "Measure the keeper on a folder.")

  private struct Figures: Encodable {
    var connections: Int
    var startMilliseconds: Double
    var residentMegabytes: Double
    var nextDueMicroseconds: Double
    var refresh: Refresh

    struct Refresh: Encodable {
      /// One after another, so that none shares a sync with another.
      var alone: Cost
      /// As many callers at a time as there are flights, and many more.
      var together: Cost
    }
  }

  private struct Cost: Encodable {
    var refreshes: Int
    var perSecond: Double
    var cpuMicroseconds: Double
    var syncs: Double
  }

  @Option(name: .customLong("data"), help: "The data folder.") var path: String
  @Option(help: "How many of its connections have an access token that has ended.") var dead = 4000

  func run() async throws {
    let place = try await Place(path)
    let keeper = try place.keeper(EndlessProvider())
    let start = try await milliseconds { try await keeper.start() }
    let resident = try Self.resident()
    let looks = 1000
    let nextDue = try await milliseconds { for _ in 0..<looks { _ = keeper.nextDue } }
    let alone = min(500, dead / 2), dead = dead
    let (first, second) = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await keeper.fly() }
      defer { keeper.close() }
      let first = try await Self.cost(alone, place) {
        for number in 0..<alone { _ = try await keeper.token(for: Place.name(number)) }
      }
      let second = try await Self.cost(dead - alone, place) {
        try await withThrowingTaskGroup(of: Void.self) { callers in
          for number in alone..<dead { callers.addTask { _ = try await keeper.token(for: Place.name(number)) } }
          try await callers.waitForAll()
        }
      }
      return (first, second)
    }
    let connections = try await place.database.read { db in
      try db.row("SELECT COUNT(*) AS count FROM connections")?["count"] ?? 0
    }
    let figures = Figures(
      connections: connections, startMilliseconds: start, residentMegabytes: resident,
      nextDueMicroseconds: nextDue * 1000 / Double(looks), refresh: Figures.Refresh(alone: first, together: second))
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = .sortedKeys
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }

  private func milliseconds(_ work: () async throws -> Void) async throws -> Double {
    let begun = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - begun) / .milliseconds(1)
  }

  private static func cost(_ count: Int, _ place: Place, _ work: () async throws -> Void) async throws -> Cost {
    let begun = ContinuousClock.now, cpu = cpuMicroseconds(), before = syncs(place)
    try await work()
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    return Cost(
      refreshes: count, perSecond: Double(count) / seconds, cpuMicroseconds: (cpuMicroseconds() - cpu) / Double(count),
      syncs: Double(syncs(place) - before) / Double(count))
  }

  private static func syncs(_ place: Place) -> Int {
    Syncs.count.load(ordering: .relaxed) + place.database.commitCount
  }

  private static func cpuMicroseconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) * 1e6 + Double($1.tv_usec) }
  }

  private static func resident() throws -> Double {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024 / 1e6
  }
}
