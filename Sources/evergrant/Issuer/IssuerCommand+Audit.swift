import ArgumentParser
import Issuer
import Wire

extension IssuerCommand {
  struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the calls of the API, newest first: which app called what, for whom, and from where.",
      discussion: """
        Calls are kept for 90 days, or for fewer where there are more than 10 million. The list leads from a call to the person in whose name it was made, and to no list of what a
        person approved: a person is nothing that it can be asked for, and the eight digits that tell two approvals apart end
        none of them. A running server writes a call down within a second.
        """.flowing)

    @OptionGroup var options: IssuerOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Only the calls of this app: its client id, or its name.") var client: String?
    @Option(help: "Only the calls of one approval, by the eight digits that this list shows.") var grant: String?
    @Option(help: "Only the calls in this tenant.") var tenant: String?
    @Option(help: "Only this method.") var method: String?
    @Option(help: "Only this path, as this list shows it: '/crm/rest/v1/contacts/{id}'.") var path: String?
    @Option(help: "Only answers of this status, as 404, or of this class: 2, 3, 4 or 5.") var status: Int?
    @Option(help: "Only calls from this network address.") var address: String?
    @Option(help: "Only what was called within this time: 90m, 24h, 30d.") var since: Span?
    @Option(help: "How many, at most.") var limit = 100

    struct Entry: Encodable {
      var at: Int64
      var clientId: String
      var client: String
      var grant: String
      var user: String
      var tenant: String
      var method: String
      var path: String
      var status: Int?
      var address: String
    }

    struct Answer: Encodable {
      var calls: [Entry]
    }

    func validate() throws {
      guard (1...100_000).contains(limit) else { throw ValidationError("--limit is between 1 and 100000.") }
      guard status.map({ (2...5).contains($0) || (200...599).contains($0) }) ?? true else {
        throw ValidationError("--status takes the status of answers, as 404, or its first digit: 2, 3, 4 or 5.")
      }
    }

    func run() async throws {
      let isClass = status.map { $0 < 10 } ?? false
      let filter = AuditFilter(
        CallFilter(method: method?.uppercased(), path: path, statusClass: isClass ? status : nil, address: address),
        status: isClass ? nil : status, client: client, grant: grant, tenant: tenant,
        since: since.map { WallClock.system.now() - $0.duration })
      let calls = try await options.openAsItIs().audit(filter, limit: limit)
      let answer = Answer(
        calls: calls.map {
          Entry(
            at: $0.at.milliseconds, clientId: $0.clientID, client: $0.clientName, grant: $0.grant, user: $0.userEmail,
            tenant: $0.tenantName, method: $0.shape.method, path: $0.shape.path, status: $0.status, address: $0.address)
        })
      try output.show(answer) {
        TextTable.of(
          ["TIME", "APP", "GRANT", "USER", "TENANT", "CALL", "STATUS", "FROM"],
          calls.map {
            [
              $0.at.readable, $0.clientName, $0.grant, $0.userEmail, $0.tenantName,
              "\($0.shape.method) \($0.shape.path)",
              $0.status.map(String.init) ?? "not known", $0.address,
            ]
          }, orElse: "No such calls.")
      }
    }
  }
}
