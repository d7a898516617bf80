import ArgumentParser
import Operator
import Wire

struct RefreshCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Refresh a connection now if that is due, or in any case with --force.",
    discussion: """
      Safe beside a running server, which refreshes by itself: whoever comes first does it. --force also ends the pause
      after a failure; what it never does is to present a token twice where the provider may end the grant for that, or to
      cut short a pause that the provider has asked for.
      Exit status: 0 refreshed or not due; 4 somebody must act; 5 not refreshed, but calls are served; 1 neither.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "The connection.", completion: .connections) var name: String
  @Flag(help: "Refresh it although it is not due.") var force = false

  private struct Answer: Encodable {
    var outcome: String
    var reason: String?
    var connection: ConnectionStatus
  }

  func run() async throws {
    let keeper = try await data.keeper()
    let report = try await keeper.working { try await keeper.desk.refresh(name, forced: force) }
    let now = WallClock.system.now()
    func moment(_ milliseconds: Int64?) -> String {
      milliseconds.map { Timestamp(milliseconds: $0).readable(from: now) } ?? "an unknown time"
    }
    switch report {
    case .refreshed(let status):
      try output.show(Answer(outcome: "refreshed", connection: status)) {
        Paragraph.wrapped("\(name) is refreshed: its access token lives until \(moment(status.accessUntil)).")
      }
    case .notDue(let status):
      try output.show(Answer(outcome: "not_due", connection: status)) {
        Paragraph.wrapped(
          "\(name) is not due before \(moment(status.nextRefreshAt)): its access token lives until "
            + "\(moment(status.accessUntil)). To refresh it all the same: evergrant refresh \(name) --force")
      }
    case .notRefreshed(let status, let reason):
      try output.show(Answer(outcome: "not_refreshed", reason: reason, connection: status)) {
        Paragraph.wrapped(
          "\(name) is not refreshed: \(reason). What to do: \(status.nextStep ?? "Try again in a moment.")")
      }
      throw ExitCode(ExitStatus(notRefreshed: status).rawValue)
    }
  }
}
