import ArgumentParser
import Contacts
import Foundation
import Jobs
import OAuth
import Outbound
import Wire

struct ContactsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contacts", abstract: "Find, add and update contacts with nothing but an address and a key.",
    discussion:
      "\(Settings.table.url.variable) is the keeper's address, \(Settings.table.keyFile.variable) a file with the key, "
      + "\(Settings.table.connection.variable) the connection.",
    subcommands: [Find.self, Upsert.self, Import.self, Export.self])
}

/// What a job knows: where the keeper is, and its key.
struct JobOptions: ParsableArguments {
  @Option(\.url) var url: String?
  @Option(\.keyFile) var keyFile: String?
  @Option(\.connection) var connection: String?

  /// The address of the connection, below which the API is.
  var place: String {
    get throws {
      let settings = try Settings()
      let base = try settings.required(\.url, flag: url)
      let name = try connectionName(settings)
      return "\(base)/via/\(PercentEncoding.encode(name))"
    }
  }

  func connectionName(_ settings: Settings) throws -> String {
    guard let name = try settings(\.connection, flag: connection) else {
      throw ValidationError("Name the connection with \(Settings.table.connection.places).")
    }
    return name
  }

  private func keyPlace(_ settings: Settings) throws -> String {
    guard let file = try settings(\.keyFile, flag: keyFile) else {
      throw ValidationError("Name the file that holds the key with \(Settings.table.keyFile.places).")
    }
    return file
  }

  /// Says before anything is begun what is not named.
  /// - Throws: `ValidationError`. What is wrong with the settings themselves is told once they are used.
  func requireNames() throws {
    do {
      let settings = try Settings()
      _ = try connectionName(settings)
      _ = try keyPlace(settings)
    } catch let error as ValidationError { throw error } catch {}
  }

  func api(isStopping: @escaping @Sendable () -> Bool = { false }) throws -> ContactAPI {
    let place = try place, file = try keyPlace(Settings())
    // Blanks that an editor or a copy has left around it are not of the key.
    let key = Secret(
      try SecretInput.read(file: file, prompt: "The key file").exposed.trimmingCharacters(in: .whitespacesAndNewlines))
    guard key.isFitForField else {
      throw Denied(
        "\(file) does not hold an API key, which is one word. Name the file that evergrant key add has made.")
    }
    let upstream = try HTTPUpstream(base: place, credential: .apiKey(key))
    return ContactAPI(upstream: upstream, at: place, clock: .system, isStopping: isStopping)
  }
}

struct MatchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What makes two contacts the same: email, email-and-name, email-and-name-and-company.", valueName: "rule"))
  var match = Matching.email

  enum Matching: String, ExpressibleByArgument, CaseIterable {
    case email
    case emailAndName = "email-and-name"
    case emailAndNameAndCompany = "email-and-name-and-company"
  }

  var rule: MatchRule {
    switch match {
    case .email: .email
    case .emailAndName: .emailAndName
    case .emailAndNameAndCompany: .emailAndNameAndCompany
    }
  }
}

extension ContactsCommand {
  struct Upsert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a contact, or update the one that matches.", discussion: "What is not named stays as it is.")

    @Option(help: ArgumentHelp("The e-mail address.", valueName: "address")) var email: String
    @Option(help: ArgumentHelp("The given name.", valueName: "name")) var givenName: String?
    @Option(help: ArgumentHelp("The family name.", valueName: "name")) var familyName: String?
    @Option(help: ArgumentHelp("The telephone number.", valueName: "number")) var phone: String?
    @Option(help: ArgumentHelp("The company's name; it is made if it is not there.", valueName: "name"))
    var company: String?
    @OptionGroup var matching: MatchOptions
    @OptionGroup var job: JobOptions
    @OptionGroup var output: OutputOptions

    private struct Answer: Encodable {
      var outcome: String
      var id: String?
      var warnings: [String]
    }

    func validate() throws {
      if let fault = EmailSyntax.fault(in: email) { throw ValidationError("The e-mail address \(fault).") }
      try job.requireNames()
    }

    func run() async throws {
      var change = ContactChange()
      change.emails = .set([EmailAddress(email)])
      if let givenName { change[.givenName] = .set(givenName) }
      if let familyName { change[.familyName] = .set(familyName) }
      if let phone { change.phones = .set([PhoneNumber(phone)]) }
      if let company { change.company = .set(CompanyReference(id: nil, name: company)) }
      let api = try job.api(), upsert = ContactUpsert(api, match: matching.rule), whole = change
      let answer = try await JobProgress.telling(api) { try await upsert(whole) }
      if case .refused(let reason) = answer.outcome { throw Denied("\(email) was refused: \(reason)") }
      let outcome = "\(answer.outcome)"
      try output.show(Answer(outcome: outcome, id: answer.id, warnings: answer.warnings)) {
        "\(outcome) \(email)" + (answer.id.map { ", contact \($0)" } ?? "")
      }
      for warning in answer.warnings { say(warning) }
    }
  }

  struct Find: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find the contacts that have an e-mail address, and print each with its id.",
      discussion: "Where there is none it says so, prints nothing, and exits with 0 all the same.")

    @Option(help: ArgumentHelp("The e-mail address.", valueName: "address")) var email: String
    @OptionGroup var job: JobOptions
    @OptionGroup var output: OutputOptions

    private struct Answer: Encodable {
      var contacts: [Found]
    }

    private struct Found: Encodable {
      var id: String
      var email: String?
      var givenName: String?
      var familyName: String?
      var company: String?

      init(_ id: String, _ contact: Contact) {
        self.id = id
        email = contact.email
        givenName = contact[.givenName]
        familyName = contact[.familyName]
        company = contact.company?.name
      }

      var line: String {
        let name = [givenName, familyName].compactMap(\.self).joined(separator: " ")
        return [id, email ?? "", name, company ?? ""].filter { !$0.isEmpty }.map(Printable.line).joined(separator: "  ")
      }
    }

    func validate() throws {
      if let fault = EmailSyntax.fault(in: email) { throw ValidationError("The e-mail address \(fault).") }
      try job.requireNames()
    }

    func run() async throws {
      let api = try job.api()
      let contacts = try await JobProgress.telling(api) { try await api.contacts(withEmail: email) }
      let found = contacts.map { Found($0.id, $0.contact) }
      if found.isEmpty, !output.json { return say("No contact has the address \(email).") }
      try output.show(Answer(contacts: found)) { found.map(\.line).joined(separator: "\n") }
    }
  }
}
