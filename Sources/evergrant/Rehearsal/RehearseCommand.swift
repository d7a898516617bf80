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
        and is removed at the end. Point the integration at it and let it work as it does every day: it should call at least
        every minute. When it has called or refreshed, the days begin, one after another, of ten minutes each; tokens live a
        minute, so that refreshes fall into each day, and whoever waits some minutes after a failure still comes back. Where a
        day has cost the approval, or nothing has come back after it, FILE gets a new pair, and the days go on when that is
        used.

        Each day's verdict is told when it is over, and at the end a table, with what to mend. Ctrl-C ends the rehearsal early,
        and tells of the days that are over.
        \(days)
        Exits with 0 where all days were held, with 3 where one was not, or was not played.
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
    @Option(help: "How long to wait for the integration before the first day, and for a new pair of tokens to be used.")
    var wait = Span.minutes(15)
    @Option(\.issuerBaseURL) var baseURL: String?
    @Option(\.issuerPort) var port: Int?
    @Option(\.issuerHost) var host: String?
    @Option(\.issuerKeapDeadToken) var keapDeadToken: KeapDeadToken?
    @OptionGroup var output: OutputOptions

    struct Answer: Encodable {
      /// Whether all days were played, and held.
      var held: Bool
      var days: [Day]
      var notPlayed: [String]
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
      /// Whether the last refresh token that came was worth nothing any more.
      var lost: Bool
      var asked: Int
      var refreshed: Int
      var spent: Int
      var calls: Int
      var mostInMinute: Int
      var findings: [Finding]
    }

    func validate() throws {
      guard day.duration < accessLifetime.duration * 2 else { return }
      let half = day.duration.components.seconds / 2
      throw ValidationError(
        "A day of \(day.duration.writtenExactly) is too short for tokens that live \(accessLifetime.duration.writtenExactly): "
          + (half > 0 ? "add --access-lifetime \(half)s." : "make it 2s or more, with --access-lifetime 1s."))
    }

    func run() async throws {
      let set = try Settings()
      let host = try set.required(\.issuerHost, flag: host), port = try set.required(\.issuerPort, flag: port)
      var settings = try IssuerSettings(
        .usual, address: IssuerCommand.address(set, baseURL: baseURL, host: host, port: port))
      settings.accessLifetime = accessLifetime.duration
      settings.dialect = .keap
      settings.keapDeadToken = try set.required(\.issuerKeapDeadToken, flag: keapDeadToken)
      let days = only.isEmpty ? RehearsalDay.allCases : only
      let stage = RehearsalStage(
        settings: settings, host: host, port: port, file: file, redirectURIs: redirectURI, days: days,
        length: day.duration, wait: wait.duration)
      let reports = try await stage.run()
      let missed = days.dropFirst(reports.count).map(\.rawValue)
      let isHeld = missed.isEmpty && reports.allSatisfy { $0.verdict == .held }
      try output.show(Answer(held: isHeld, days: reports.map(Day.init), notPlayed: missed)) {
        Self.text(reports, notPlayed: missed)
      }
      if !isHeld { throw ExitCode(ExitStatus.notAll.rawValue) }
    }

    private static func text(_ reports: [DayReport], notPlayed missed: [String]) -> String {
      let table = TextTable.of(
        ["DAY", "VERDICT", "APPROVAL", "ASKED", "REFRESHED", "SPENT", "CALLS", "A MINUTE", ""],
        reports.map { report in
          [
            report.day.rawValue, report.verdict.rawValue, report.isLost ? "lost" : "kept", String(report.asked),
            String(report.refreshed), String(report.spent), String(report.calls), String(report.mostInMinute),
            report.day.meaning,
          ]
        }, orElse: "No day was played.")
      var remarks = reports.flatMap { report in report.remarks.map { "\(report.day.rawValue): \($0)" } }
      if !missed.isEmpty { remarks.append("Not played: \(missed.joined(separator: ", ")).") }
      return ([table] + (remarks.isEmpty ? [] : [""]) + remarks.map { Paragraph.wrapped($0) }).joined(separator: "\n")
    }
  }
}

extension RehearsalDay: ExpressibleByArgument {}

extension IssuerCommand.Rehearse.Day {
  init(_ report: DayReport) {
    self.init(
      day: report.day.rawValue, verdict: report.verdict.rawValue, lost: report.isLost, asked: report.asked,
      refreshed: report.refreshed, spent: report.spent, calls: report.calls, mostInMinute: report.mostInMinute,
      findings: report.findings.map { finding in
        let (kind, count) = finding.named
        return Finding(kind: kind, count: count, text: finding.sentence)
      })
  }
}

extension DayReport {
  /// What is to be said of the day beside its figures, a sentence or two each.
  fileprivate var remarks: [String] { verdict == .untried ? [untried] : findings.map(\.sentence) }

  private var untried: String {
    day == .revoked
      ? "Neither a call nor a refresh came after the approval had ended. Let the integration call more often."
      : "No refresh came, so that nothing was tried. Let the integration call more often, or make the day longer."
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

  /// What it did, and what to mend.
  fileprivate var sentence: String {
    switch self {
    case .usedSpentTokens(let count):
      """
      It presented a spent refresh token \(count.counted("time")): at Keap that costs the approval. Either two of its parts \
      refresh at once, or it did not keep what it was given. Let one part refresh, under a lock that does not run out before \
      the answer is there, read the token again under that lock, and save the answer before using it.
      """
    case .broughtNone(let count):
      """
      It presented what is no refresh token of a living approval \(count.counted("time")). Does it keep an error, or a page, for \
      an answer? Replace the token that is stored by the one of a 200 that has one, and by nothing else.
      """
    case .gaveUp:
      """
      It did not refresh again that day, though what went wrong had passed. Let it come back with the same token, after a \
      pause that grows.
      """
    case .keptAsking(let count):
      """
      It asked \(count.counted("time")) for tokens that will never come. After three refusals let it stop, and tell a person that \
      a new approval is needed.
      """
    case .keptCalling(let count):
      """
      It called \(count.counted("time")) with a token that was refused. On a 401 let it refresh once, and stop calling where that \
      is refused too.
      """
    case .hammered(let count):
      """
      It came to the token endpoint \(count.counted("time")) within one minute. Let it wait longer after each failure.
      """
    case .ignoredWait(let count):
      """
      It came \(count.counted("time")) while it had been told to wait. Let it heed Retry-After, at the token endpoint and in calls.
      """
    case .refreshedTooOften(let count):
      """
      It refreshed \(count.counted("time")), more often than its tokens' life asks for. Let it keep the access token until shortly \
      before the end that expires_in told.
      """
    }
  }
}
