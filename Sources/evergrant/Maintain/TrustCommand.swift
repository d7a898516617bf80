import ArgumentParser
import Keeper
import Operator
import Wire

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Decide about a quarantined connection, or about a process that never comes back.",
    discussion: """
      Ask first, with: evergrant check NAME. To approve again, with evergrant reconnect NAME, is always safe, and needs
      the person. What each of your own decisions says, and what it risks:

      trust NAME: what the database holds is the newest. Right if nothing was refreshed after the backup was made. If
      that is wrong, the provider sees an old token: some forgive it, others end the grant, and then a person must approve
      again. Newer tokens that were offered are dropped.

      trust NAME --offered: what a running process or a journal offers is the newest. Right if only the database is old
      and the process has gone on meanwhile, the usual case after a restore. It risks the same, if some process that is
      gone now went on for longer.

      trust NAME --gone PROCESS: that process has presented a token, has not said what came of it, and never comes back,
      because its machine or its journal is lost. The same token is then presented again, which a strict provider may
      refuse. If the process does come back, its answer is kept as a spare.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var quarantined: QuarantinedOptions
  @Flag(help: "Take the newer tokens that are offered.") var offered = false
  @Option(help: "The process that is gone, as status names it.") var gone: String?

  func validate() throws {
    guard gone == nil || !(offered || quarantined.all) else {
      throw ValidationError("--gone is about one connection and one process: say neither --offered nor --all with it.")
    }
  }

  private struct Answer: Encodable {
    var connections: [ConnectionStatus]
  }

  func run() async throws {
    let desk = try await data.desk()
    let names = try await quarantined.names(desk)
    var decided: [ConnectionStatus] = [], refusal: (any Error)?
    for name in names {
      do {
        if let gone {
          decided.append(try await desk.declareGone(gone, for: name))
        } else {
          decided.append(try await desk.trust(name, offered: offered))
        }
      } catch let error as KeeperError where names.count > 1 {
        say("\(error)")
        refusal = error
      }
    }
    let now = WallClock.system.now()
    try output.show(Answer(connections: decided)) {
      decided.map { status in
        let done =
          gone.map { "\(status.name): nobody waits for the process \($0) any longer." }
          ?? "\(status.name) is refreshed again, with \(offered ? "the tokens that were offered" : "what is stored")."
        return Paragraph.wrapped(done) + (names.count > 1 ? "" : "\n\n" + status.readable(now))
      }.joined(separator: "\n")
    }
    if refusal != nil { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
