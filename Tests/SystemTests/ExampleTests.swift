import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// The files of `examples/`, as a reader would run them.
  @Suite("examples") struct Examples {
    @Test("PHP adds and then updates one contact with a key alone, and the access token expires in between")
    func php() async throws {
      try await story("php", [Project.file("examples/php/upsert.php")]) { output, email in
        guard let id = output.firstMatch(of: /^(?:added|updated) contact (\d+)$/)?.1 else {
          throw Missed("The PHP example said: \(output)")
        }
        return (isNew: output.hasPrefix("added"), id: String(id))
      }
    }

    @Test("curl adds and then updates one contact with a key alone, and the access token expires in between")
    func shell() async throws {
      struct Answer: Decodable { var id: Int, date_created: String, last_updated: String }
      try await story("sh", [Project.file("examples/shell/upsert.sh")]) { output, email in
        let answer = try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
        return (isNew: answer.date_created == answer.last_updated, id: String(answer.id))
      }
    }

    private func story(
      _ interpreter: String, _ script: [String],
      _ outcome: (_ output: String, _ email: String) throws -> (isNew: Bool, id: String)
    ) async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop(lifetime: 2)
        let keyFile = try await stage.addKey(allowing: "PUT /crm/rest/v1/contacts")
        let keeper = try await stage.startKeeper()
        let email = "zoe@example.org"

        func upsert(_ given: String, _ family: String) async throws -> (isNew: Bool, id: String) {
          let ending = try await stage.run(
            "/usr/bin/env", [interpreter] + script + [email, given, family],
            environment: ["EVERGRANT_URL": keeper.address, "EVERGRANT_KEY_FILE": keyFile])
          try #require(ending.status == 0, "\(ending.errors)\(ending.output)")
          return try outcome(ending.output.trimmingCharacters(in: .newlines), email)
        }

        let before = try await stage.token()
        let added = try await upsert("Zoë", "Åkesson \"the baker\"")
        #expect(added.isNew)
        try await eventually("the token of the first call is over, and the issuer has seen a refresh") {
          guard before.isOver else { return false }
          return try await stage.grants(of: app).rotations > 0
        }
        let updated = try await upsert("Zoë", "Öberg")
        #expect(!updated.isNew)
        #expect(updated.id == added.id)

        let after = try await stage.token()
        #expect(after.generation > before.generation)
        let answer = try await stage.callAPI("GET", "/crm/rest/v2/contacts", token: after.accessToken)
        let contacts = try answer.decoded(ContactList.self).contacts
        #expect(contacts.map(\.email) == [email])
        #expect(contacts.map(\.family_name) == ["Öberg"])
        #expect(contacts.map(\.given_name) == ["Zoë"])
      }
    }

    @Test("a refused call is said in words and ends the example with an error")
    func refused() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keyFile = try await stage.addKey(allowing: "GET /crm/rest/v1/contacts")
        let keeper = try await stage.startKeeper()
        for command in [["php", "examples/php/upsert.php"], ["sh", "examples/shell/upsert.sh"]] {
          let ending = try await stage.run(
            "/usr/bin/env", [command[0], Project.file(command[1])],
            environment: ["EVERGRANT_URL": keeper.address, "EVERGRANT_KEY_FILE": keyFile])
          #expect(ending.status != 0)
          #expect((ending.output + ending.errors).contains("does not allow this method and path"))
        }
      }
    }
  }
}
