import Foundation

/// What a drill came to, for a person and for docs/measured.json.
struct Figures: Sendable, Encodable {
  struct Kills: Sendable, Encodable {
    var kills: Int
    var by_moment: [String: Int]
    var between_refreshes: Int
    var others_in_the_air: Int
    var committed_after_death: Int
    var lost_between_commit_and_sync: Int
    var lost_on_the_way: Int
  }

  struct TwoKeepers: Sendable, Encodable {
    var kills: Int
    var calls_answered: Int
    var calls_cut_off_by_a_kill: Int
    var calls_without_a_live_token: Int
    var rotations: Int
    var answers_repeated: Int
  }

  struct Window: Sendable, Encodable {
    var refreshes: Int
    var median_milliseconds: Double
    var p99_milliseconds: Double
  }

  var build = "debug"
  var seconds = 0
  var kills: Int?
  var percent_between_claim_and_landing: Int?
  var tolerant: Kills?
  var strict: Kills?
  var two_keepers: TwoKeepers?
  var window: Window?

  mutating func add(_ kind: Yard.Kind, _ tally: KillRun.Tally) {
    let figures = Kills(
      kills: tally.kills,
      by_moment: Dictionary(
        uniqueKeysWithValues: KillPoint.allCases.map { ($0.rawValue, tally.byMoment[$0, default: 0]) }),
      between_refreshes: tally.idle, others_in_the_air: tally.besides, committed_after_death: tally.late,
      lost_between_commit_and_sync: tally.lost, lost_on_the_way: tally.lostOnTheWay)
    if kind == .tolerant { tolerant = figures } else { strict = figures }
  }

  mutating func add(_ tally: drill.TwoKeepers.Tally) {
    two_keepers = TwoKeepers(
      kills: tally.kills, calls_answered: tally.calls, calls_cut_off_by_a_kill: tally.cutOff,
      calls_without_a_live_token: tally.withoutToken, rotations: tally.rotations, answers_repeated: tally.repeats)
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try encoder.encode(self).write(to: URL(filePath: path))
  }

  private static func explanation(_ figures: Kills) -> String {
    ", each diagnosed: \(figures.lost_between_commit_and_sync) keepers died between its commit and our sync, "
      + "\(figures.lost_on_the_way) while the request was on its way"
  }

  var text: String {
    var lines: [String] = []
    if let kills, let share = percent_between_claim_and_landing {
      lines.append("\(kills) times kill -9, \(share) % of them between claim and landing, in \(seconds) s")
    }
    for (name, figures) in [("tolerant", tolerant), ("strict", strict)] {
      guard let figures else { continue }
      lines.append(
        "\(name) provider: \(figures.kills) kills, \(figures.lost_between_commit_and_sync + figures.lost_on_the_way) lost grants"
          + (name == "strict" ? Self.explanation(figures) : ""))
      for moment in KillPoint.allCases {
        lines.append(
          "  " + moment.rawValue.padding(toLength: 32, withPad: " ", startingAt: 0)
            + "\(figures.by_moment[moment.rawValue] ?? 0)")
      }
      lines.append(
        "  " + "between refreshes".padding(toLength: 32, withPad: " ", startingAt: 0) + "\(figures.between_refreshes)")
    }
    if let two_keepers {
      lines.append(
        "two keepers: \(two_keepers.kills) kills, \(two_keepers.rotations) rotations, each landed once and none before it was due, "
          + "\(two_keepers.answers_repeated) answers repeated, \(two_keepers.calls_answered) calls answered, "
          + "\(two_keepers.calls_cut_off_by_a_kill) cut off by a kill, "
          + "\(two_keepers.calls_without_a_live_token) without a live token")
    }
    if let window {
      lines.append(
        "between the provider's commit and our sync: median \(window.median_milliseconds) ms, p99 "
          + "\(window.p99_milliseconds) ms, by \(window.refreshes) refreshes of a \(build) build")
    }
    return lines.joined(separator: "\n")
  }
}
