import ArgumentParser
import Operator
import Wire

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "List what happened, or see that nothing of it was changed since.",
    discussion: """
      Each event carries a hash over itself and over the hash of the one before. --verify computes all of them anew: an
      event that was changed, put in or taken out shows as a break, and the exit status is 1.

      What that proves, and what not: a chain that holds shows that nobody has changed it by hand or by accident. Somebody
      who can write the database can also compute the whole chain anew, and the chain alone cannot tell. So note the head
      that --verify prints somewhere else, in a ticket or in another system's log, and give it with --expect later: the
      events up to it are then exactly those of that day, or the head is no longer found. A restored backup that is older
      than the note looks the same as a chain that was cut; why CONNECTION tells of restored backups.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Only the events of this connection.", completion: .connections) var connection: String?
  @Option(help: "Only what happened within this time: 90m, 24h, 30d.") var since: Span?
  @Flag(help: "See that the chain holds.") var verify = false
  @Option(help: "A head that was noted before: see that the chain still has it.") var expect: String?

  func validate() throws {
    guard verify || expect == nil else { throw ValidationError("--expect belongs to --verify.") }
    guard !verify || (connection == nil && since == nil) else {
      throw ValidationError("The chain is one for all connections: --verify takes neither --connection nor --since.")
    }
    guard expect.map({ [UInt8](hex: $0.lowercased())?.count == 32 }) ?? true else {
      throw ValidationError("--expect takes a head as --verify prints it: 64 hexadecimal digits.")
    }
  }

  func run() async throws {
    let desk = try await data.desk()
    if verify { try await check(desk) } else { try await list(desk) }
  }

  private func list(_ desk: Desk) async throws {
    let from = since.map { WallClock.system.now() - $0.duration }
    // Printed as they are read: there may be more than fit into memory.
    if output.json { print(#"{"events":["#) }
    var count = 0
    try await desk.events(of: connection, since: from) { event in
      if output.json {
        print((count > 0 ? "," : "") + (try JSONText.of(event)))
      } else {
        let head = "\(Timestamp(milliseconds: event.at).readable)  \(event.connection)  "
        print(Paragraph.wrapped("\(event.kind): \(event.detail)", head: head, indentation: 25))
      }
      count += 1
    }
    if output.json { print(#"],"version":1}"#) } else if count == 0 { say("No such events.") }
  }

  private struct Answer: Encodable {
    var holds: Bool
    var report: ChainReport
  }

  private func check(_ desk: Desk) async throws {
    let report = try await desk.verifyEvents(expecting: expect)
    let holds = report.broken == nil && (expect == nil || report.expected != nil)
    try output.show(Answer(holds: holds, report: report)) { text(report) }
    if !holds { throw ExitCode(ExitStatus.failed.rawValue) }
  }

  private func text(_ report: ChainReport) -> String {
    var lines: [String] = []
    if let broken = report.broken {
      let place = broken.event.map {
        "at event \($0.id) (\(Timestamp(milliseconds: $0.at).readable), \($0.connection), \($0.kind))"
      }
      lines.append("The chain breaks \(place ?? "at its end"): \(broken.meaning).")
      lines.append(
        "Somebody has changed the database past this program, or it is damaged. "
          + "The \(report.events) events before the break are as they were written; those after it are not vouched for."
      )
    } else {
      lines.append("The chain holds: \(report.events) events, each as it was written.")
    }
    if report.earlier > 0 {
      lines.append("\(report.earlier) events are older than the chain, which says nothing of them.")
    }
    if expect != nil {
      lines.append(
        report.expected.map {
          "The head that was noted is that of event \($0) of \(report.events): nothing up to it has changed."
        }
          ?? "The head that was noted is not in this chain: the events of that day were rewritten or cut off, "
          + "or an older backup was restored since.")
    }
    if report.broken == nil, let head = report.head { lines.append("Head, to be noted elsewhere: \(head)") }
    return lines.map { Paragraph.wrapped($0) }.joined(separator: "\n")
  }
}
