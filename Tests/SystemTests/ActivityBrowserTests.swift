import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// What an app called, and one's own tokens, in a real Chromium; `Tests/SystemTests/Fixtures/browser/activity.py` says what is
  /// done there.
  @Suite("calls in a browser") struct ActivityPages {
    private struct Place: Encodable {
      var account: String
      var api: String
      var email: String
      var password: String
      var shown: [String]
      var total: Int
      var refused: Int
    }

    private struct Audit: Decodable {
      struct Call: Decodable {
        var method: String
        var path: String
        var status: Int?
        var user: String
        var client: String
        var grant: String
        var address: String
      }
      var calls: [Call]
    }

    @Test(
      "P34 P35 figures of calls, and one's own tokens, hold on desktop and phone, without JavaScript"
    )
    func figures() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        try await stage.succeed(["issuer", "user", "owner", "ann@acme.example", "Acme", "--data", stage.issuerData])
        let token = try await stage.succeed(["token", "shop", "--data", stage.keeperData]).output
          .trimmingCharacters(in: .newlines)
        func audit(_ options: String...) async throws -> [Audit.Call] {
          try await stage.succeed(["issuer", "audit", "--json", "--data", stage.issuerData] + options).decoded(
            Audit.self
          )
          .calls
        }
        for count in 0..<5 {
          #expect(try await stage.callAPI("GET", "/crm/rest/v1/contacts", token: token).status == 200)
          #expect(try await stage.callAPI("GET", "/crm/rest/v1/contacts/\(77_000 + count)", token: token).status == 404)
          if count < 2 {
            let body = #"{"email_addresses":[{"field":"EMAIL1","email":"zoe\#(count)@shop.example"}]}"#
            #expect(try await stage.callAPI("POST", "/crm/rest/v1/contacts", token: token, body: body).status == 201)
          }
        }
        // The server writes the last of them down within a second.
        var calls: [Audit.Call] = []
        repeat {
          calls = try await audit()
        } while calls.filter({ $0.status != nil && $0.path.contains("v1/contacts") }).count < 12
        #expect(
          calls.allSatisfy { $0.user == "ann@acme.example" && $0.client == "Shop portal" && $0.address == "127.0.0.1" })
        #expect(Set(calls.map(\.grant)).count == 1 && calls.first?.grant.count == 8)
        #expect(try await audit("--status", "4").count == 5)
        #expect(try await audit("--status", "404").count == 5)
        #expect(try await audit("--status", "201").map(\.status) == [201, 201])
        #expect(try await audit("--status", "400").isEmpty)
        #expect(try await audit("--method", "post", "--path", "/crm/rest/v1/contacts").map(\.status) == [201, 201])
        #expect(try await audit("--limit", "3").count == 3)
        #expect(try await audit("--address", "203.0.113.1").isEmpty)

        let place = Place(
          account: stage.issuerAddress + "/account", api: stage.issuerAddress + "/crm/rest/v1/contacts",
          email: "ann@acme.example", password: Stage.password,
          shown: [
            "GET /crm/rest/v1/contacts 5 times", "GET /crm/rest/v1/contacts/{id} 5 times",
            "POST /crm/rest/v1/contacts 2 times", "127.0.0.1 \(calls.count) times",
          ], total: calls.count, refused: 5)
        let file = try stage.keep(String(decoding: JSONEncoder().encode(place), as: UTF8.self), as: "place")
        // Chromium makes a socket in its temporary folder, whose path may not be long.
        let ending = try await stage.run(
          Project.python, [Project.file("Tests/SystemTests/Fixtures/browser/activity.py"), file],
          environment: ["TMPDIR": "/tmp"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "the pages hold\n")
      }
    }
  }
}
