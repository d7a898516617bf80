import Foundation
import Issuer
import NetworkKit
import OAuth
import Testing
import Wire
import XMLRPC

@testable import Outbound

@Suite("What an app called")
struct ActivityPageTests {
  @Test("P34 each call is shown with its route's template, status and address, and with no value of its path")
  func calls() async throws {
    try await IssuerSiteWorld.serving(proxies: ["127.0.0.1"]) { world in
      let ann = Browser(world), tokens = try await ann.tokens("ann@example.org", world.shopClient)
      func call(_ method: String, _ path: String, _ body: String? = nil, from address: String) async throws -> Int {
        try await world.client.send(
          method, world.base + path,
          headers: [
            ("Authorization", "Bearer \(tokens.accessToken.exposed)"), ("X-Forwarded-For", address),
            ("Content-Type", "application/json"),
          ], body: body.map { Array($0.utf8) }
        ).status
      }
      let contact = #"{"email_addresses":[{"field":"EMAIL1","email":"zoe@shop.example"}]}"#
      #expect(try await call("POST", "/crm/rest/v1/contacts", contact, from: "203.0.113.1") == 201)
      #expect(try await call("GET", "/crm/rest/v1/contacts/98765", from: "203.0.113.1") == 404)
      #expect(try await call("PUT", "/crm/rest/v1/contacts", "{", from: "203.0.113.2") == 400)
      #expect(
        try await call("PUT", "/crm/rest/v1/emailAddresses/zoe@shop.example", "{}", from: "203.0.113.2") == 400)
      #expect(try await call("GET", "/crm/rest/v1/secret-98765", from: "203.0.113.2") == 404)
      #expect(try await call("PURGE", "/crm/rest/v2/secret-98765", from: "2001:db8::1") == 501)

      let page = try await ann.get("/account/activity?approval=" + (try await world.approval(tokens)))
      #expect(page.status == 200)
      for shown in [
        "POST /crm/rest/v1/contacts 201", "GET /crm/rest/v1/contacts/{id} 404", "PUT /crm/rest/v1/contacts 400",
        "PUT /crm/rest/v1/emailAddresses/{email} 400", "GET an address that is not there 404",
        "OTHER a method that is not served 501",
      ] { #expect(page.words.contains(shown), "\(shown): \(page.words)") }
      #expect(
        page.words.contains("From where 203.0.113.2 3 times 203.0.113.1 2 times 2001:db8::1 1 time"), "\(page.words)")
      #expect(page.words.contains("6 calls in 30 days, 5 of them failed; today 6, at most 6 on a day."))
      #expect(page.text.contains("role=\"img\"") && !page.text.contains("<script"))
      for value in ["98765", "zoe@", "PURGE"] { #expect(!page.text.contains(value), "\(value)") }
      #expect(page.words.contains("6 calls, newest first."))
      #expect(try await ann.get("/account").words.contains("Calls 6"))
    }
  }

  @Test("P34 a call over XML-RPC has one record, with its method's name, whatever it asks of REST, and reads or writes")
  func xmlrpc() async throws {
    try await IssuerSiteWorld.serving(proxies: ["127.0.0.1"]) { world in
      let ann = Browser(world), tokens = try await ann.tokens("ann@example.org", world.shopClient)
      func call(_ body: String, to path: String = "/crm/xmlrpc/v1") async throws -> OutboundResponse {
        try await world.client.send(
          "POST", world.base + path,
          headers: [
            ("Authorization", "Bearer \(tokens.accessToken.exposed)"), ("X-Forwarded-For", "203.0.113.9"),
            ("Content-Type", "text/xml"),
          ], body: Array(body.utf8))
      }
      let zoe: XMLRPCValue = ["Email": "zoe@shop.example", "Company": "Shop & Co"]
      // Of these the second adds a company and a contact, and the third reads and writes.
      for body in [
        XMLRPCCalls.body("ContactService.load", [7, ["Id"]]), XMLRPCCalls.body("ContactService.add", [zoe]),
        XMLRPCCalls.body("ContactService.addWithDupCheck", [zoe, "Email"]),
        XMLRPCCalls.body("ContactService.addToCampaign", [7, 7]), XMLRPCCalls.body("Secret98765.fly", []), "no call",
      ] { #expect(try await call(body).status == 200) }
      #expect(try await call(XMLRPCCalls.body("ContactService.load", [7, ["Id"]]), to: "/api/xmlrpc").status == 200)
      let page = try await ann.get("/account/activity?approval=" + (try await world.approval(tokens)))
      #expect(page.words.contains("7 calls, newest first."), "\(page.words)")
      #expect(page.words.contains("From where 203.0.113.9 7 times"), "\(page.words)")
      for shown in [
        "POST /crm/xmlrpc/v1 2 times", "POST /crm/xmlrpc/v1 ContactService.load 1 time",
        "POST /crm/xmlrpc/v1 ContactService.add 1 time", "POST /crm/xmlrpc/v1 ContactService.addWithDupCheck 1 time",
        "POST /crm/xmlrpc/v1 ContactService.addToCampaign 1 time", "POST /api/xmlrpc ContactService.load 1 time",
      ] { #expect(page.words.contains(shown), "\(shown): \(page.words)") }
      #expect(!page.text.contains("98765"), "what a client makes up is no part of a record")
      #expect(!page.text.contains("/crm/rest/"), "what the site asks of itself is no call")
      let contacts = try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken)
      #expect(contacts.text.contains(#""count":1"#), "\(contacts.text)")
    }
  }

  @Test("P34 a list of calls is filtered and goes on where it ended, by links alone")
  func pages() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), tokens = try await ann.tokens("ann@example.org", world.shopClient)
      for count in 0..<120 {
        let path = count % 3 == 0 ? "/crm/rest/v1/contacts/7" : "/crm/rest/v1/contacts"
        _ = try await world.api("GET", path, tokens.accessToken)
      }
      let id = try await world.approval(tokens)
      func walk(_ address: String) async throws -> [Int] {
        var counts: [Int] = [], next: String? = address
        while let address = next {
          let page = try await ann.get(address)
          counts.append(page.text.components(separatedBy: "<li><code>GET").count - 1 - page.shapes)
          next = page.text.firstMatch(of: /<a href="([^"]*)">Older calls<\/a>/).map {
            String($0.1).replacing("&amp;", with: "&")
          }
        }
        return counts
      }
      #expect(try await walk("/account/activity?approval=\(id)") == [50, 50, 20])
      #expect(try await walk("/account/activity?approval=\(id)&status=4") == [40])
      #expect(
        try await walk("/account/activity?approval=\(id)&method=GET&path=%2Fcrm%2Frest%2Fv1%2Fcontacts&day=") == [
          50, 30,
        ])
      #expect(try await walk("/account/activity?approval=\(id)&method=POST") == [0])
      #expect(try await walk("/account/activity?approval=\(id)&address=127.0.0.1&day=2026-11-22") == [0])
      #expect(try await walk("/account/activity?approval=\(id)&address=127.0.0.1&day=2026-11-23") == [50, 50, 20])
      #expect(try await walk("/account/activity?approval=\(id)&from=nonsense&day=nonsense") == [50, 50, 20])
    }
  }

  @Test("P42 somebody else, and a browser that is signed out, are refused what an app called alike")
  func refusals() async throws {
    try await IssuerSiteWorld.serving { world in
      let ann = Browser(world), ben = Browser(world)
      let tokens = try await ann.tokens("ann@example.org", world.shopClient)
      let path = "/account/activity?approval=" + (try await world.approval(tokens))
      try await ben.signIn("ben@example.org")
      let foreign = try await ben.get(path)
      let unknown = try await ben.get("/account/activity?approval=" + String(repeating: "0", count: 32))
      #expect(foreign.status == 404 && foreign.text == unknown.text)
      #expect(try await Browser(world).get(path).hasForm(to: "/signin"))

      try await world.issuer.setOwner(true, email: "ben@example.org", tenant: "Acme Shop")
      let owner = try await ben.get("/account")
      let link = try #require(owner.text.firstMatch(of: /\/account\/tenant\?tenant=[0-9]+/)).0
      let sums = try await ben.get(String(link))
      #expect(sums.words.contains("Apps in Acme Shop") && sums.words.contains("You cannot see who let an app act"))
      _ = try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken)
      #expect(
        try await ben.get(String(link)).words.contains("Shop &lt;b&gt;sync&lt;/b&gt; Calls 1 Last day with a call"))
      #expect(try await ben.get(path).status == 404, "an owner sees no approval of another person")
      let others = try await ann.get(String(link)), none = try await ann.get("/account/tenant?tenant=1")
      #expect(others.status == 404 && others.text == none.text)
      #expect(try await ann.get("/account/tenant?tenant=x").text == none.text)
      #expect(try await Browser(world).get(String(link)).hasForm(to: "/signin"))
    }
  }
}

extension Page {
  /// How many shapes of calls are told in short.
  fileprivate var shapes: Int {
    (text.components(separatedBy: "<h3>From where").first ?? "").components(separatedBy: "<li><code>GET").count - 1
  }
}

extension IssuerSiteWorld {
  /// The number of the approval that tokens belong to.
  func approval(_ tokens: TokenResponse) async throws -> String {
    let token = try #require(tokens.refreshToken)
    return try #require(await issuer.foresee(token)).grantID
  }
}
