import Issuer
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("What is recorded of a call")
struct CallRecordAPITests {
  private static let contacts = "/crm/rest/v1/contacts"

  @Test("P34 whatever is answered to a token that lets in is one record, and what comes without one leaves none")
  func answers() async throws {
    try await IssuerSiteWorld.serving(
      origins: ["https://page.example"], adjust: { $0.appLimits = CallLimits([.minute: 8]) }
    ) { world in
      let ann = Browser(world), tokens = try await ann.tokens("ann@example.org", world.shopClient)
      let bearer = (name: "Authorization", value: "Bearer \(tokens.accessToken.exposed)")
      func send(
        _ method: String, _ path: String, _ headers: [(name: String, value: String)], _ body: String? = nil
      ) async throws -> RawAnswer { try await HTTP.send(method, world.base + path, headers: headers, body: body) }
      func person(_ email: String) -> String { #"{"email_addresses":[{"field":"EMAIL1","email":"\#(email)"}]}"# }

      let bad = (name: "X-API-Key", value: "eva_bad")
      #expect(try await send("GET", Self.contacts, []).status == 401)
      #expect(try await send("GET", Self.contacts, [bad]).status == 401)
      #expect(try await send("GET", Self.contacts, [bearer, bad]).status == 400)
      #expect(try await send("POST", "/crm/xmlrpc/v1", [bad], "x").status == 401)
      let asked: [(name: String, value: String)] = [
        ("Origin", "https://page.example"), ("Access-Control-Request-Method", "GET"),
      ]
      #expect(try await send("OPTIONS", Self.contacts, asked).status == 204)

      let items = (1...1000).map { person("p\($0)@shop.example") }.joined(separator: ",")
      let batch = #"{"items":[\#(items)]}"#
      #expect(try await send("POST", "/v1/contacts:batch?match=Email", [bearer], batch).status == 200)
      let list = try await send("GET", Self.contacts + "?limit=1", [bearer])
      let id = try #require(try JSON.parse(list.body)["contacts"]?[0]?["id"]?.integer)
      let one = Self.contacts + "/\(id)"
      let tag = try #require(try await send("HEAD", one, [bearer])[header: "ETag"])
      #expect(try await send("GET", one, [bearer, ("If-None-Match", tag)]).status == 304)
      #expect(
        try await send("PATCH", one, [bearer, ("If-Match", "\"other\"")], #"{"given_name":"Zoe"}"#).status == 412)
      #expect(try await send("OPTIONS", one, [bearer]).status == 204)
      #expect(try await send("DELETE", Self.contacts, [bearer]).status == 405)
      #expect(try await send("GET", Self.contacts + "/x", [bearer]).status / 100 == 4)
      for _ in 0..<2 { #expect(try await send("GET", one, [bearer]).status == 429) }

      let page = try await ann.get("/account/activity?approval=" + (try await world.approval(tokens)))
      for shown in [
        "10 calls, newest first.", "POST /v1/contacts:batch 200", "GET /crm/rest/v1/contacts 200",
        "HEAD /crm/rest/v1/contacts/{id} 200", "GET /crm/rest/v1/contacts/{id} 304",
        "PATCH /crm/rest/v1/contacts/{id} 412", "OPTIONS /crm/rest/v1/contacts/{id} 204",
        "DELETE /crm/rest/v1/contacts 405", "GET /crm/rest/v1/contacts/{id} 429",
        "GET /crm/rest/v1/contacts/{id} 4 times",
      ] { #expect(page.words.contains(shown), "\(shown): \(page.words)") }
    }
  }

  @Test("P34 an address is one address, however a proxy writes it")
  func addresses() async throws {
    try await IssuerSiteWorld.serving(proxies: ["127.0.0.1"]) { world in
      let ann = Browser(world), tokens = try await ann.tokens("ann@example.org", world.shopClient)
      for address in ["2001:db8::1", "2001:0DB8:0:0::1", "::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9:80"] {
        let answer = try await HTTP.send(
          "GET", world.base + Self.contacts,
          headers: [
            ("Authorization", "Bearer \(tokens.accessToken.exposed)"), ("X-Forwarded-For", address),
          ])
        #expect(answer.status == 200)
      }
      let path = "/account/activity?approval=" + (try await world.approval(tokens))
      let page = try await ann.get(path)
      #expect(
        page.words.contains("From where 2001:db8::1 2 times 203.0.113.9 2 times 127.0.0.1 1 time"), "\(page.words)")
      let filtered = try await ann.get(path + "&address=2001:DB8:0::0001")
      #expect(filtered.words.contains("2 calls, newest first."))
    }
  }
}
