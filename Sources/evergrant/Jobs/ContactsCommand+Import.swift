import ArgumentParser
import Contacts
import Foundation
import Jobs
import Wire

extension ContactsCommand {
  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Upsert each row of a customer file (CSV) as shops and address books export it.",
      discussion: """
        Commas, semicolons or tabs, quotes, UTF-8, UTF-16 and windows-1252, and either line end are recognised, and so are the
        columns of common products: Google Contacts, Outlook, Shopify, WooCommerce, HubSpot, Salesforce, Mailchimp and others.
        --dry-run shows what each column is taken for; --map says otherwise. Countries become codes. Tags in a column are applied
        where there are tags of these names. A row that cannot be taken is named with its line and reason, and the
        rest goes on; --refused keeps such rows in a file that can be mended and imported. Of two rows of one person, by --match,
        the first counts, and the other is named and left out. Running it again changes nothing that is already so.

        On SIGTERM or SIGINT it waits for the rows that are under way, and says what was done. How far it is, it notes beside the
        file while it runs; after a stop or a crash the same command goes on from there.

        Exit status: 0 every row was taken; 3 the file was read to its end, and rows were refused; 1 it could not go on, or
        all rows were refused; 4 a person is needed; 6 the key does not allow it; 143 or 130 SIGTERM or SIGINT ended it.
        """.flowing)

    @OptionGroup var job: JobOptions
    @OptionGroup var matching: MatchOptions
    @OptionGroup var options: FileOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The file; - is standard input.", completion: .file()) var file: String
    @Flag(help: "Read and judge the file, say what its columns are taken for, and call nobody.") var dryRun = false
    @Option(help: ArgumentHelp("A tag for everybody in the file. May be repeated.", valueName: "name")) var tag:
      [String] = []
    @Flag(help: "Make tags that are not there; else they are left out.") var createTags = false
    @Option(help: "Begin at this line of the file; an earlier run has done what stands before.") var fromLine: Int?
    @Flag(help: "Begin anew, whatever an earlier run has settled.") var fromStart = false
    @Option(
      help: ArgumentHelp(
        "Write what became of each row to a new file, as CSV: line, outcome, the contact's id, and what there is to say.",
        valueName: "file")) var report: String?
    @Option(
      help: ArgumentHelp(
        "Write the rows that are refused to a new file, as they stand, with a column that says why. Mended, it can be imported.",
        valueName: "file")) var refused: String?

    func validate() throws {
      if let fromLine, fromLine < 1 { throw ValidationError("The lines of a file are counted from 1.") }
      if fromLine != nil, fromStart { throw ValidationError("--from-line and --from-start say two things.") }
      if report != nil, report == refused { throw ValidationError("--report and --refused need a file each.") }
      if !dryRun { try job.requireNames() }
    }

    func run() async throws {
      let chunks = try FileChunks(path: file)
      if !dryRun { try chunks.lock() }
      let (finding, isMarked) = try chunks.survey()
      let reading = try options.reading(finding, of: file)
      let stop = StopSign()
      let api = try dryRun ? nil : job.api { stop.isSet }
      let upsert = api.map {
        ContactUpsert($0, match: matching.rule, tagAll: tag, createsTags: createTags, inBatches: true)
      }
      let kept = try dryRun ? nil : chunks.subject(wishes()).flatMap { ProgressFile(for: file, $0) }
      let isAnew = fromStart || fromLine != nil
      let past = isAnew ? nil : kept?.past()
      if let remark = options.remark(on: finding, of: file) { say(remark) }
      if let mark = past?.mark {
        let rows = mark.report.rows, settled = "\(rows.counted("row")) \(rows == 1 ? "is" : "are") settled"
        say("It goes on at line \(mark.line): \(settled). --from-start begins anew.")
      }
      let noted = past?.lengths ?? [:]
      let refusals = try refused.map {
        try RefusedFile(
          path: $0, insteadOf: file, encoding: reading.encoding, isMarked: isMarked, noted: noted)
      }
      let rows: RowFile?
      do { rows = try report.map { try RowFile(path: $0, insteadOf: file, noted: noted) } } catch {
        try? refusals?.end()
        throw error
      }
      let files = ImportFiles(report: rows, refused: refusals, kept)
      if isAnew { kept?.remove() }
      try await run(chunks, reading, upsert, past?.mark ?? ImportMark(line: fromLine ?? 1), files, stop)
    }

    private func run(
      _ chunks: FileChunks, _ reading: CustomerFile.Reading, _ upsert: ContactUpsert?, _ past: ImportMark,
      _ files: ImportFiles, _ stop: StopSign
    ) async throws {
      var done = past.report, listing = ImportListing(), isShown = false
      let progress = JobProgress(upsert?.api, done.words(isDry: dryRun))
      var failure: (any Error)?
      if dryRun, !output.json { print("This is a dry run: the file is judged, nobody is called, nothing is written.") }
      do {
        try await stop.watching(progress) {
          try await CustomerImport(upsert, match: matching.rule, reading: reading) { stop.isSet }
            .run(chunks.next, after: past, report: &done, keeping: files.keeping) { row, report in
              let share = chunks.size.map { Double(chunks.offset) / Double(max($0, 1)) }
              progress.note(report.words(isDry: dryRun), count: report.rows - past.report.rows, share: share)
              try files.write(row, report)
              if output.json { return listing.add(row) }
              if dryRun, !isShown { progress.say(report.mapping) }
              isShown = true
              progress.say(row.notes)
            }
        }
        try files.end()
      } catch { failure = error }
      progress.end()
      // A key that is refused from the first call on has written nothing, and the same command would do no better.
      let isOfKey = (failure as? ContactAPI.Halt)?.isOfKey == true
      let isVain = failure != nil && (done.rows == 0 || isOfKey && done.settled == 0)
      if isVain { files.discard(done.rows) }
      if dryRun, !isShown, !output.json, failure == nil { print(done.mapping.joined(separator: "\n")) }
      if !isVain {
        let connection = try dryRun ? "" : job.connectionName(Settings())
        try output.show(ImportDocument(done, listing, isDry: dryRun)) {
          let notes = done.notes(isDry: dryRun, to: connection) + refusals(of: done)
          return (notes + [done.words(isDry: dryRun)]).joined(separator: "\n")
        }
        if let fromLine, done.rows == 0, failure == nil { say("\(file) ends before line \(fromLine).") }
      }
      if let failure { throw isVain && !(failure is ContactAPI.Stopped) ? failure : ending(failure, done, files, stop) }
      if done.rows > 0, done.refused == done.rows { throw ExitCode(ExitStatus.failed.rawValue) }
      if done.refused > 0 { throw ExitCode(ExitStatus.notAll.rawValue) }
    }

    /// What makes another import of the same file: the marks of one say nothing of the other.
    private func wishes() throws -> [String] {
      try [job.place, "match \(matching.rule.rawValue)", "create \(createTags)"] + tag.map { "tag \($0)" }
        + options.wishes
    }

    /// Where the rows are that were refused.
    private func refusals(of done: CustomerImport.Report) -> [String] {
      guard let refused, done.refused > 0 else { return [] }
      return ["\(done.refused.counted("refused row")) \(done.refused == 1 ? "is" : "are") in \(refused)"]
    }

    /// Says where to go on.
    private func ending(
      _ failure: any Error, _ done: CustomerImport.Report, _ files: ImportFiles, _ stop: StopSign
    ) -> any Error {
      let isStopped = failure is ContactAPI.Stopped
      if done.rows > 0 || isStopped {
        let next = done.resumeAt.map {
          files.isKept
            ? " Run it again, and it goes on at line \($0); --from-line \($0) says the same."
            : " Go on with --from-line \($0), or run it again from the start: what is so already stays as it is."
        }
        say("Stopped after \(done.rows.counted("row")). What is written stays." + (next ?? " Run it again to go on."))
      }
      return isStopped ? ExitCode(128 + (stop.number ?? SIGTERM)) : failure
    }
  }
}
