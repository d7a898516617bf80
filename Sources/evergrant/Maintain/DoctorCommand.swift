import ArgumentParser
import Keeper
import Operator
import Web
import Wire

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check everything that the keeper stands on; works when all of it is broken.",
    discussion: """
      Changes nothing, makes nothing and refreshes nothing. Each line is ok, a problem with what to do, or could not be
      checked, which is no failure. Exits with 1 if there is a problem.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let folder = try data.folderAsItIs
    let diagnosis = await Doctor.examine(
      folder, providers: try .builtIn(), probe: NetworkProbe(), serverProbe: NetworkProbe.ofServer, clock: .system,
      publicAddress: try? Settings().publicAddress())
    try output.show(diagnosis) { diagnosis.findings.map(\.readable).joined(separator: "\n") }
    if diagnosis.hasProblem { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}

extension Finding {
  /// For a person at a terminal.
  fileprivate var readable: String {
    let mark =
      switch verdict {
      case .ok: "ok       "
      case .problem: "PROBLEM  "
      case .couldNotCheck: "unknown  "
      }
    let head = check.rawValue + (subject.map { " \($0)" } ?? "")
    let words = verdict == .couldNotCheck ? "Could not check: \(says)" : says
    return "\(mark)\(head): \(words)" + (remedy.map { "\n         \($0)" } ?? "")
  }
}
