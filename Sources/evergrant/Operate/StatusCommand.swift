import ArgumentParser
import Operator
import Store
import Web
import Wire

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "How each connection is, what happened to it, and what to do.",
    discussion: """
      What needs attention comes first. Exit status: 0 all is well; 4 somebody must
      act, also where a person will be needed within 14 days and the next refresh does
      not put that off; 5 a refresh fails, while calls are still served and it is
      tried again; 1 the same, and calls are no longer served, or no server runs, or one
      that does not answer, while a job has a key or a grant is to be kept; a server
      that is starting is waited for, some seconds, and one that runs is asked.

      With --check, for cron: prints nothing but problems, and exits alike.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Argument(help: "One connection; all without it.", completion: .connections) var name: String?
  @Flag(help: "Print problems only.") var check = false

  private struct Listing: Encodable {
    /// Whether a server runs on this data, or is on its way up.
    var isServing: Bool
    var isStarting: Bool
    /// The process of a server that runs and does not answer.
    var silentProcess: Int32?
    var connections: [ConnectionStatus]
  }

  func run() async throws {
    let folder = try data.folderThatIs
    let desk = try await folder.desk()
    let server = try await folder.serverOnceUp()
    let trouble = try await desk.needsServer() ? server.words : nil
    let isMissed = trouble != nil
    let all = try await desk.statuses(of: name).sorted {
      $0.isWell == $1.isWell ? $0.name < $1.name : !$0.isWell
    }
    let shown = check ? all.filter { !$0.isWell } : all
    let now = WallClock.system.now()
    if output.json || !shown.isEmpty || isMissed || !check {
      let listing = Listing(
        isServing: server == .serving || server == .unknown, isStarting: server == .starting,
        silentProcess: server.silentProcess, connections: shown)
      try output.show(listing) {
        (trouble.map { $0 + (shown.isEmpty ? "" : check ? "\n" : "\n\n") } ?? "")
          + (check ? Self.problems(shown) : Self.text(shown, now))
      }
    }
    if shown.contains(where: { $0.personNeededBy != nil && !$0.isWell }), let address = try? Settings().publicAddress()
    {
      for obstacle in try await desk.linkObstacles(at: address) {
        say(Paragraph.wrapped(obstacle, indentation: 2))
      }
    }
    let status = ExitStatus(all)
    if isMissed, status != .personNeeded { throw ExitCode(ExitStatus.failed.rawValue) }
    if let status { throw ExitCode(status.rawValue) }
  }

  private static func problems(_ all: [ConnectionStatus]) -> String {
    all.map { Paragraph.wrapped($0.problem, indentation: 2) }.joined(separator: "\n")
  }

  /// Many connections that are well take a line each.
  private static func text(_ all: [ConnectionStatus], _ now: Timestamp) -> String {
    guard !all.isEmpty else { return "No connections yet. Make the first: evergrant setup keap --name shop" }
    guard all.count > 10 else { return all.map { $0.readable(now) }.joined(separator: "\n\n") }
    let blocks = all.filter { !$0.isWell }.map { $0.readable(now) + "\n" }
    return (blocks + all.filter(\.isWell).map { $0.line(now) }).joined(separator: "\n")
  }
}

extension ServerSight {
  /// What is the matter, and what to do; nil where a server takes calls, or may.
  var words: String? {
    let finding: Finding? =
      switch self {
      case .none: .noServer
      case .starting: .longStart
      case .silent(let process): .noAnswer(of: process)
      case .serving, .unknown: nil
      }
    return finding.map { Paragraph.wrapped([$0.says, $0.remedy ?? ""].joined(separator: " "), indentation: 2) }
  }
}

extension ServerSight {
  fileprivate var silentProcess: Int32? { if case .silent(let process) = self { process } else { nil } }
}

extension NetworkProbe {
  /// Asks a server of this machine, which answers at once or not at all.
  static let ofServer = NetworkProbe(timeout: .seconds(2))
}

extension DataFolder {
  /// How far the server is, after a start that is under way: that is waited for, some seconds. One that runs is asked.
  func serverOnceUp() async throws -> ServerSight {
    for _ in 0..<150 where server == .starting { try await Task.sleep(for: .milliseconds(100)) }
    return await server(asking: NetworkProbe.ofServer)
  }
}

extension ExitStatus {
  /// What the worst of the connections comes to; nil where all are well.
  init?(_ all: [ConnectionStatus]) {
    let troubled = all.filter { !$0.isWell }
    if troubled.isEmpty { return nil }
    self =
      troubled.contains(where: \.mustAct) ? .personNeeded : troubled.contains { !$0.isServed } ? .failed : .providerDown
  }

  /// What a connection comes to that was not refreshed though it was asked for.
  init(notRefreshed status: ConnectionStatus) {
    self = ExitStatus([status]) ?? (status.isServed ? .providerDown : .failed)
  }
}
