import ArgumentParser
import Contacts
import Foundation
import Keeper
import OAuth
import Store
import Web

struct ContactsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contacts", abstract: "Add and update contacts with nothing but an address and a key.",
    discussion:
      "EVERGRANT_URL is the keeper's address, EVERGRANT_KEY_FILE a file with the key, EVERGRANT_CONNECTION the connection.",
    subcommands: [Upsert.self, Import.self])
}

/// What a job knows: where the keeper is, and its key.
struct JobOptions: ParsableArguments {
  @Option(help: "\(SettingsTable.url.help)") var url: String?
  @Option(help: "\(SettingsTable.keyFile.help)") var keyFile: String?
  @Option(help: "\(SettingsTable.connection.help)") var connection: String?
  @Option(help: "What makes two contacts the same: email, email-and-name, email-and-name-and-company.")
  var match = Matching.email

  enum Matching: String, ExpressibleByArgument, CaseIterable {
    case email
    case emailAndName = "email-and-name"
    case emailAndNameAndCompany = "email-and-name-and-company"

    var rule: MatchRule {
      switch self {
      case .email: .email
      case .emailAndName: .emailAndName
      case .emailAndNameAndCompany: .emailAndNameAndCompany
      }
    }
  }

  func upsert() throws -> ContactUpsert {
    let settings = try Settings()
    let base = try settings.required(SettingsTable.url, flag: url)
    guard let connection = try settings(SettingsTable.connection, flag: connection) else {
      throw ValidationError("Name the connection with --connection or EVERGRANT_CONNECTION.")
    }
    guard let file = try settings(SettingsTable.keyFile, flag: keyFile) else {
      throw ValidationError("Name the file that holds the key with --key-file or EVERGRANT_KEY_FILE.")
    }
    let key = try SecretInput.read(file: file, prompt: "The key file")
    let upstream = try HTTPUpstream(base: "\(base)/via/\(PercentEncoding.encode(connection))", credential: .apiKey(key))
    return ContactUpsert(upstream: upstream, match: match.rule, clock: .system)
  }
}

extension ContactsCommand {
  struct Upsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a contact, or update the one that matches.", discussion: "What is not named stays as it is.")

    @OptionGroup var job: JobOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "The e-mail address.") var email: String
    @Option var givenName: String?
    @Option var familyName: String?
    @Option var phone: String?
    @Option(help: "The company's name; it is made if it is not there.") var company: String?

    struct Answer: Encodable {
      var outcome: String
      var warnings: [String]
    }

    func run() async throws {
      if let fault = EmailSyntax.fault(in: email) { throw ValidationError("The e-mail address \(fault).") }
      var change = ContactChange()
      change.emails = .set([EmailAddress(email)])
      if let givenName { change[.givenName] = .set(givenName) }
      if let familyName { change[.familyName] = .set(familyName) }
      if let phone { change.phones = .set([PhoneNumber(phone)]) }
      if let company { change.company = .set(CompanyReference(id: nil, name: company)) }
      let (outcome, warnings) = try await job.upsert()(change)
      if case .refused(let reason) = outcome { throw Denied("\(email) was refused: \(reason)") }
      try output.show(Answer(outcome: "\(outcome)", warnings: warnings)) { "\(outcome) \(email)" }
      for warning in warnings { say(warning) }
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Upsert each row of a customer file (CSV) as shops export it.",
      discussion: """
        Commas, semicolons or tabs, quotes, a byte-order mark and either line end are recognised, and so are the columns
        of common shops. Countries become codes. A row that cannot be taken is named with its line and reason, and the
        rest goes on. Running it again changes nothing that is already so.
        """)

    @OptionGroup var job: JobOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The file.") var file: String
    @Flag(help: "Read and judge the file, and call nobody.") var dryRun = false

    func run() async throws {
      let chunks = try FileChunks(path: file)
      let importer = CustomerImport(dryRun ? nil : try job.upsert())
      var report = CustomerImport.Report()
      let progress = ProgressLine()
      do {
        try await importer.run(chunks: chunks, report: &report) { progress.show($0) }
      } catch {
        progress.end()
        let done = report.created + report.updated + report.unchanged + report.refused.count
        if done > 0 { say("Stopped after \(done) rows. What is written stays; run it again to go on.") }
        throw error
      }
      progress.end()
      try output.show(report) { ([report.summary] + report.complaints).joined(separator: "\n") }
      if report.rows > 0, report.refused.count == report.rows { throw ExitCode(ExitStatus.failed.rawValue) }
    }
  }
}

extension CustomerImport.Report {
  var summary: String {
    "\(rows) rows: \(created) created, \(updated) updated, \(unchanged) unchanged, \(refused.count) refused"
  }

  var complaints: [String] {
    refused.map { "line \($0.line) refused: \($0.reason)" } + warnings.map { "line \($0.line): \($0.reason)" }
      + (unknownColumns.isEmpty ? [] : ["columns not used: \(unknownColumns.joined(separator: ", "))"])
  }
}

/// One line on a terminal that tells how far an import is; silent where nobody looks.
final class ProgressLine {
  private let isShown = isatty(STDERR_FILENO) == 1

  func show(_ report: CustomerImport.Report) {
    if isShown { FileHandle.standardError.write(Data("\r\(report.summary)\u{1B}[K".utf8)) }
  }

  func end() {
    if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}

/// A file in pieces, so that its size does not matter.
struct FileChunks: Sequence, IteratorProtocol {
  private let handle: FileHandle

  init(path: String) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else { throw Denied("The file \(path) cannot be read.") }
    self.handle = handle
  }

  mutating func next() -> [UInt8]? {
    guard let data = try? handle.read(upToCount: 64 << 10), !data.isEmpty else { return nil }
    return Array(data)
  }
}
