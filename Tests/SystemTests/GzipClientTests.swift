import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// Clients that take gzip; the scripts in `Tests/SystemTests/Fixtures/gzip` say what they do and what must come back.
  @Suite("clients that take gzip") struct GzipClients {
    private static func fixture(_ name: String) -> String { Project.file("Tests/SystemTests/Fixtures/gzip/\(name)") }

    /// A note at the issuer that is long enough to be packed, as a path.
    private static func addNote(_ stage: Stage, token: String) async throws -> String {
      func add(_ path: String, _ body: JSON) async throws -> Int64 {
        let made = try await stage.callAPI("POST", "/crm/rest/v1/" + path, token: token, body: body.text)
        return try #require(try JSON.parse(made.body)["id"]?.integer)
      }
      let contact = try await add("contacts", ["email_addresses": [["field": "EMAIL1", "email": "ada@example.org"]]])
      let note: JSON = [
        "contact_id": .integer(contact), "title": "Call", "body": .string(String(repeating: "long ", count: 600)),
      ]
      let id = try await add("notes", note)
      return "/crm/rest/v1/notes/\(id)"
    }

    @Test(
      "clients of Python and PHP's curl read in gzip what they read without, and change on the state that they have read"
    )
    func clients() async throws {
      try #require(
        FileManager.default.isExecutableFile(atPath: Project.python),
        "The libraries are missing: run scripts/python-venv")
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let token = try await stage.token().accessToken
        let file = try stage.keep(token, as: "access token")
        let python = try await stage.run(Project.python, [Self.fixture("clients.py"), stage.issuerAddress, file])
        #expect(python.status == 0, "\(python.errors)")
        #expect(python.output.contains("\"contacts\": 30"))
        let note = try await Self.addNote(stage, token: token)
        let php = try await stage.run(
          "/usr/bin/env", ["php", Self.fixture("client.php"), stage.issuerAddress + note, file])
        #expect(php.status == 0, "\(php.errors)\(php.output)")
        #expect(php.output == "PHP reads gzip\n")
      }
    }

    @Test("the keeper asks an API for no coding, whatever its job takes")
    func keeper() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let token = try await stage.token().accessToken
        let note = try await Self.addNote(stage, token: token)
        let key = try stage.read(try await stage.addKey(allowing: "GET /crm/rest/v1/notes/*"))
        let keeper = try await stage.startKeeper()
        let straight = try await HTTP.send(
          "GET", stage.issuerAddress + note,
          headers: [("Authorization", "Bearer \(token)"), ("Accept-Encoding", "gzip")])
        #expect(straight.status == 200 && straight[header: "Content-Encoding"] == "gzip")
        let through = try await HTTP.send(
          "GET", "\(keeper.address)/via/shop\(note)", headers: [("X-API-Key", key), ("Accept-Encoding", "gzip")])
        #expect(through.status == 200 && through[header: "Content-Encoding"] == nil)
        #expect(through.body.contains("long long long"))
      }
    }
  }
}
