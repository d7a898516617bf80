import ArgumentParser
import Foundation
import Issuer
import Logging
import Wire

extension IssuerCommand {
  struct Rehearse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put an integration through bad days at an issuer as strict as Keap, and say how it did.",
      discussion: """
        Starts an issuer of its own that meets Keap's rules, with a tenant, a person and an app, all in a temporary folder, and
        writes what your integration needs into FILE, readable by you alone: addresses, the app's id and secret, a first pair of
        tokens, and the person's e-mail address and password for one that asks for the approval itself. FILE must be a new one,
        and is removed at the end. Point the integration at it and let it work. When it has called or refreshed, the days begin,
        one after another, of ten minutes each; tokens live a minute, so that refreshes fall into each day, and whoever waits
        some minutes after a failure still comes back. Where a day has cost the approval, FILE gets a new pair, and the days go
        on when that is used.
        \(days)
        Exits with 0 where all days were held, with 3 where not.
        """.flowing)

    private static var days: String {
      RehearsalDay.allCases.map { day in
        "  " + day.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0) + day.meaning
      }.joined(separator: "\n")
    }

    @Argument(help: "Where to write what the integration needs: a new file, removed at the end.") var file: String
    @Option(help: "Where the app has people sent back to, as often as needed; https.") var redirectURI: [String] = [
      "https://example.org/callback"
    ]
    @Option(help: "A day to play, as often as needed. Without it all are.") var only: [RehearsalDay] = []
    @Option(help: "How long a day is, at least twice an access token's life.") var day = Span.minutes(10)
    @Option(help: "How long an access token lives.") var accessLifetime = Span.seconds(60)
    @Option(help: "How long to wait for the integration before the first day, and after a day that cost the approval.")
    var wait = Span.minutes(15)
    @Option(\.issuerBaseURL) var baseURL: String?
    @Option(\.issuerPort) var port: Int?
    @Option(\.issuerHost) var host: String?
    @Option(\.issuerKeapDeadToken) var keapDeadToken: KeapDeadToken?
    @OptionGroup var output: OutputOptions

    struct Answer: Encodable {
      var held: Bool
      var days: [Day]
    }

    struct Day: Encodable {
      struct Finding: Encodable {
        var kind: String
        /// How often; nil where that says nothing.
        var count: Int?
        var text: String
      }

      var day: String
      var verdict: String
      var asked: Int
      var refreshed: Int
      var spent: Int
      var calls: Int
      var mostInMinute: Int
      var findings: [Finding]
    }

    func run() async throws {
      guard day.duration >= accessLifetime.duration * 2 else {
        throw ValidationError("A day must be at least twice as long as an access token lives.")
      }
      let set = try Settings()
      let host = try set.required(\.issuerHost, flag: host), port = try set.required(\.issuerPort, flag: port)
      var settings = try IssuerSettings(
        .usual, address: IssuerCommand.address(set, baseURL: baseURL, host: host, port: port))
      settings.accessLifetime = accessLifetime.duration
      settings.dialect = .keap
      settings.keapDeadToken = try set.required(\.issuerKeapDeadToken, flag: keapDeadToken)
      let stage = RehearsalStage(
        settings: settings, host: host, port: port, file: file, redirectURIs: redirectURI,
        days: only.isEmpty ? RehearsalDay.allCases : only, length: day.duration, wait: wait.duration)
      let reports = try await stage.run()
      let isHeld = reports.allSatisfy { $0.verdict == .held }
      try output.show(Answer(held: isHeld, days: reports.map(Day.init))) { Self.table(reports) }
      if !isHeld { throw ExitCode(ExitStatus.notAll.rawValue) }
    }

    private static func table(_ reports: [DayReport]) -> String {
      let table = TextTable.of(
        ["DAY", "VERDICT", "ASKED", "REFRESHED", "SPENT", "CALLS", "A MINUTE", ""],
        reports.map { report in
          [
            report.day.rawValue, report.verdict.rawValue, String(report.asked), String(report.refreshed),
            String(report.spent), String(report.calls), String(report.mostInMinute), report.day.meaning,
          ]
        }, orElse: "No day was played.")
      let remarks = reports.flatMap { report in report.remarks.map { "\(report.day.rawValue): \($0)" } }
      return ([table] + (remarks.isEmpty ? [] : [""]) + remarks).joined(separator: "\n")
    }
  }
}

extension RehearsalDay: ExpressibleByArgument {}

extension IssuerCommand.Rehearse.Day {
  init(_ report: DayReport) {
    self.init(
      day: report.day.rawValue, verdict: report.verdict.rawValue, asked: report.asked, refreshed: report.refreshed,
      spent: report.spent, calls: report.calls, mostInMinute: report.mostInMinute,
      findings: report.findings.map { finding in
        let (kind, count) = finding.named
        return Finding(kind: kind, count: count, text: finding.sentence)
      })
  }
}

extension DayReport {
  /// What is to be said of the day beside its figures, a sentence each.
  fileprivate var remarks: [String] {
    verdict == .untried
      ? ["Nothing of what it is about came to pass. Let the integration call more often, or make the day longer."]
      : findings.map(\.sentence)
  }
}

extension RehearsalFinding {
  /// For a program; a reader takes a kind that it does not know for something that was not held.
  fileprivate var named: (kind: String, count: Int?) {
    switch self {
    case .usedSpentTokens(let count): ("used_spent_tokens", count)
    case .broughtNone(let count): ("brought_none", count)
    case .gaveUp: ("gave_up", nil)
    case .keptAsking(let count): ("kept_asking", count)
    case .keptCalling(let count): ("kept_calling", count)
    case .hammered(let count): ("hammered", count)
    case .ignoredWait(let count): ("ignored_wait", count)
    case .refreshedTooOften(let count): ("refreshed_too_often", count)
    }
  }

  fileprivate var sentence: String {
    switch self {
    case .usedSpentTokens(let count):
      """
      It presented a spent refresh token \(count.counted("time")). Either two of its parts refresh at once, or it did not keep \
      what it was given: at Keap that costs the approval.
      """
    case .broughtNone(let count):
      """
      It presented what is no refresh token of a living approval \(count.counted("time")): does it keep an error, or a page, \
      for an answer?
      """
    case .gaveUp: "It did not refresh again that day, though what went wrong had passed."
    case .keptAsking(let count):
      "It asked \(count.counted("time")) for a token that will never come. After three it should tell a person and stop."
    case .keptCalling(let count): "It called \(count.counted("time")) with a token that was refused."
    case .hammered(let count): "It came to the token endpoint \(count.counted("time")) within one minute."
    case .ignoredWait(let count): "It came \(count.counted("time")) while it had been told to wait."
    case .refreshedTooOften(let count):
      "It refreshed \(count.counted("time")), more often than its tokens' life asks for: once for each is enough."
    }
  }
}
