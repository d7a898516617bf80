import NetworkKit
import OAuth
import Testing
import Wire

/// Clients that do not know of each other, and of whom each adds a person that it takes for new.
@Suite("Many clients at once") struct ManyClientsTests {
  private static let people = 1000
  private static let clients = 100
  /// Each carries the calls of two clients in turn, so that a process with few descriptors can run this.
  private static let connections = 50

  /// What one client says of a person; each way tells something that the others do not.
  private enum Way: Int, CaseIterable {
    case v1, v2, xmlrpc

    func request(_ email: String, _ number: Int, _ token: Secret) -> String {
      let emails = #""email_addresses":[{"field":"EMAIL1","email":"\#(email)"}]"#
      return switch self {
      case .v1:
        Self.request(
          "PUT /crm/rest/v1/contacts", #"{\#(emails),"given_name":"Given \#(number)","duplicate_option":"Email"}"#,
          token)
      case .v2:
        Self.request(
          "POST /crm/rest/v2/contacts?duplicate_option=Email", #"{\#(emails),"family_name":"Family \#(number)"}"#, token
        )
      case .xmlrpc:
        Self.request(
          "POST /crm/xmlrpc/v1",
          "<?xml version='1.0'?><methodCall><methodName>ContactService.addWithDupCheck</methodName><params>"
            + "<param><value><string>key</string></value></param><param><value><struct>"
            + "<member><name>Email</name><value><string>\(email)</string></value></member>"
            + "<member><name>JobTitle</name><value><string>Title \(number)</string></value></member>"
            + "</struct></value></param><param><value><string>Email</string></value></param></params></methodCall>",
          token)
      }
    }

    private static func request(_ line: String, _ body: String, _ token: Secret) -> String {
      [
        "\(line) HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer \(token.exposed)",
        "Content-Type: \(body.hasPrefix("<") ? "text/xml" : "application/json")", "Content-Length: \(body.utf8.count)",
        "", body,
      ].joined(separator: "\r\n")
    }

    /// The number of the contact that an answer tells.
    func contact(in answer: RawAnswer) throws -> Int64? {
      guard answer.status == 200 || answer.status == 201 else { return nil }
      if self == .xmlrpc { return answer.body.firstMatch(of: /<param><value><i4>([0-9]+)</).flatMap { Int64($0.1) } }
      let id = try JSON.parse(answer.body)["id"]
      return id?.integer ?? id?.string.flatMap { Int64($0) }
    }
  }

  /// Which contact an answer about a person told.
  private struct Told: Sendable {
    var number: Int
    var id: Int64
  }

  /// Three spellings of the same address.
  private static func emails(_ number: Int) -> [String] {
    ["person.\(number)@example.org", "Person.\(number)@Example.org", "PERSON.\(number)@EXAMPLE.ORG"]
  }

  @Test("P46: a hundred clients that upsert the same 1,000 people at once, by v1, v2 and XML-RPC, make 1,000 contacts")
  func upserts() async throws {
    try await IssuerSiteWorld.serving { world in
      // Of two apps for two people.
      var tokens: [Secret] = []
      for person in ["ann@example.org", "ben@example.org"] {
        for app in [world.shopClient, world.otherClient] {
          let redirect = app.id == world.other.clientID ? "https://other.example/cb" : IssuerSiteWorld.redirectURI
          tokens.append(try await Browser(world).tokens(person, app, redirectURI: redirect).accessToken)
        }
      }
      // The calls about one person go to clients that are next to each other, and so out at the same time.
      let calls = (0..<Self.people).flatMap { number in
        Way.allCases.map { (number: number, way: $0, email: Self.emails(number)[(number + $0.rawValue) % 3]) }
      }
      let found: [Told] = try await withThrowingTaskGroup(of: [Told].self) {
        [tokens, port = world.port] group in
        for connection in 0..<Self.connections {
          group.addTask {
            let line = try await RawClient.connect(port: port)
            defer { line.close() }
            var found: [Told] = []
            for place in stride(from: connection, to: calls.count, by: Self.connections) {
              let (number, way, email) = calls[place]
              try await line.send(way.request(email, number, tokens[place % Self.clients % tokens.count]))
              let answer = try await line.answer()
              let id = try #require(try way.contact(in: answer), "\(way) \(email): \(answer)")
              found.append(Told(number: number, id: id))
            }
            return found
          }
        }
        return try await group.reduce(into: [Told]()) { $0 += $1 }
      }
      #expect(found.count == calls.count)
      let ids = Dictionary(grouping: found, by: \.number).mapValues { Set($0.map(\.id)) }
      #expect(ids.values.allSatisfy { $0.count == 1 }, "\(ids.filter { $0.value.count != 1 })")

      let keap = try await KeapCalls(world)
      let contacts = try await keap.walk("v2/contacts?page_size=500", "contacts")
      #expect(contacts.count == Self.people)
      let names = ["given_name", "family_name", "job_title"]
      let told = Set(contacts.map { contact in names.map { contact[$0]?.string ?? "" } })
      #expect(told == Set((0..<Self.people).map { ["Given \($0)", "Family \($0)", "Title \($0)"] }))
    }
  }
}
