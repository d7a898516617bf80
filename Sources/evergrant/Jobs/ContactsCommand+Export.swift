import ArgumentParser
import Contacts
import Foundation
import Jobs
import Wire

extension ContactsCommand {
  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write all contacts to a file, as CSV or as lines of JSON.",
      discussion: """
        The CSV has a column for each part of a contact, for tags and for custom fields, and contacts import reads it back to the
        letter. A cell that a spreadsheet would take for a formula has an apostrophe before it, which the import takes off again.
        Lines of JSON are the contacts as the API has them.

        Without --output it goes to standard output. A file is there whole or not at all; one that is there already is
        not written over.
        """.flowing)

    enum Form: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

    @OptionGroup var job: JobOptions
    @Option(help: "csv or jsonl; as the file's name ends, or csv.") var format: Form?
    @Option(help: ArgumentHelp("Only contacts that have this tag.", valueName: "name")) var tag: String?
    @Option(
      help: ArgumentHelp(
        "Only contacts that were changed at this moment or later, such as 2026-11-01 or 2026-11-01T08:00:00Z.",
        valueName: "time")) var since: String?
    @Option(
      name: .shortAndLong, help: ArgumentHelp("Write to this new file.", valueName: "file"), completion: .file())
    var output: String?

    func validate() throws {
      if let since, ISO8601.milliseconds(since) == nil {
        throw ValidationError("--since \(since) is no time such as 2026-11-01 or 2026-11-01T08:00:00Z.")
      }
      try job.requireNames()
    }

    func run() async throws {
      let stop = StopSign(), api = try job.api { stop.isSet }
      let form = format ?? (output?.lowercased().hasSuffix(".jsonl") == true ? .jsonl : .csv)
      let moment = since.flatMap(ISO8601.milliseconds).map { Timestamp(milliseconds: $0) }
      let export = ContactExport(
        api, form: form == .csv ? .csv : .jsonLines, choice: ContactExport.Choice(tag: tag, since: moment))
      let draft = try output.map { try DraftFile(for: $0) }
      let progress = JobProgress(api, "0 contacts")
      var count = 0
      do {
        try await stop.watching(progress) {
          count = try await export.run(draft?.write ?? Self.print) { count in
            progress.note(count.counted("contact"), count: count)
          }
        }
        try draft?.publish()
      } catch {
        progress.end()
        draft?.discard()
        guard error is ContactAPI.Stopped else { throw error }
        say("Stopped." + (output.map { " \($0) was not written." } ?? ""))
        throw ExitCode(128 + (stop.number ?? SIGTERM))
      }
      progress.end()
      if let output { say("\(count.counted("contact")) in \(output).") }
    }

    private static func print(_ bytes: [UInt8]) throws { try FileHandle.standardOutput.write(contentsOf: Data(bytes)) }
  }
}
