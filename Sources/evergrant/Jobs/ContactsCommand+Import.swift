import ArgumentParser
import Foundation
import Jobs

extension ContactsCommand {
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Upsert each row of a customer file (CSV) as shops export it.",
      discussion: """
        Commas, semicolons or tabs, quotes, a byte-order mark and either line end are recognised, and so are the columns
        of common shops. Countries become codes. A row that cannot be taken is named with its line and reason, and the
        rest goes on. Of two rows of one person, by --match, the first counts, and the other is named and left out. Running
        it again changes nothing that is already so.

        On SIGTERM or SIGINT it waits for the rows that are under way, and says what was done and where to go on.

        Exit status: 0 every row was taken; 3 the file was read to its end, and rows were refused; 1 it could not go on, or
        all rows were refused; 4 a person is needed; 143 or 130 SIGTERM or SIGINT ended it.
        """.flowing)

    @OptionGroup var job: JobOptions
    @OptionGroup var matching: MatchOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The file.") var file: String
    @Flag(help: "Read and judge the file, say what its columns are taken for, and call nobody.") var dryRun = false
    @Option(help: "Begin at this line of the file; an earlier run has done what stands before.") var fromLine = 1
    @Option(
      help: ArgumentHelp(
        "Write what became of each row to this file, as CSV: line, outcome, the contact's id, and what there is to say.",
        valueName: "file")) var report: String?

    func validate() throws {
      if fromLine < 1 { throw ValidationError("The lines of a file are counted from 1.") }
    }

    func run() async throws {
      let chunks = try FileChunks(path: file)
      let stop = StopSign()
      let upsert = dryRun ? nil : ContactUpsert(try job.api { stop.isSet }, match: matching.rule)
      let rows = try report.map { try RowFile(path: $0, insteadOf: file) }
      let progress = ImportProgress(upsert?.api.pace)
      var done = CustomerImport.Report(), listing = ImportListing()
      var failure: (any Error)?
      if dryRun, !output.json { print("This is a dry run: the file is judged, nobody is called, nothing is written.") }
      do {
        try await stop.watching(progress) {
          try await CustomerImport(upsert, match: matching.rule) { stop.isSet }
            .run(chunks.next, from: fromLine, report: &done) { row, report in
              progress.note(report)
              try rows?.write(row)
              if output.json { listing.add(row) } else { progress.say(row.notes) }
            }
        }
      } catch { failure = error }
      progress.end()
      try rows?.close()
      if failure == nil || done.rows > 0 {
        try output.show(ImportDocument(done, listing, isDry: dryRun)) {
          ((dryRun ? done.mapping : []) + done.notes + [dryRun ? done.drySummary : done.summary])
            .joined(separator: "\n")
        }
      }
      if let failure { throw ending(failure, done, stop) }
      if done.rows > 0, done.refused == done.rows { throw ExitCode(ExitStatus.failed.rawValue) }
      if done.refused > 0 { throw ExitCode(ExitStatus.notAll.rawValue) }
    }

    /// Says where to go on.
    private func ending(_ failure: any Error, _ done: CustomerImport.Report, _ stop: StopSign) -> any Error {
      let isStopped = failure is ContactAPI.Stopped
      if done.rows > 0 || isStopped {
        let next = done.resumeAt.map {
          " Go on with --from-line \($0), or run it again from the start: what is so already stays as it is."
        }
        say("Stopped after \(done.rows) rows. What is written stays." + (next ?? ""))
      }
      return isStopped ? ExitCode(128 + (stop.number ?? SIGTERM)) : failure
    }
  }
}
