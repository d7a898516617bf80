import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Methods at the issuer")
struct MethodTests {
  private typealias Fields = [(name: String, value: String)]

  private static func bearer(_ token: Secret) -> Fields { [("Authorization", "Bearer \(token.exposed)")] }

  @Test("a method that a known path does not take is 405 with Allow, in the words of the path")
  func notAllowed() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      func send(_ method: String, _ path: String) async throws -> RawAnswer {
        try await HTTP.send(method, world.base + path, headers: Self.bearer(calls.token))
      }
      for (method, path, allowed) in [
        ("DELETE", "/crm/rest/v1/contacts", "GET, HEAD, POST, PUT, OPTIONS"),
        ("DELETE", "/crm/rest/v1/contacts/", "GET, HEAD, POST, PUT, OPTIONS"),
        ("POST", "/crm/rest/v1/contacts/7", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("GET", "/crm/xmlrpc/v1", "POST, OPTIONS"), ("TRACE", "/crm/rest/v1/tags", "GET, HEAD, POST, OPTIONS"),
      ] {
        let answer = try await send(method, path)
        #expect(answer.status == 405, "\(method) \(path)")
        #expect(answer[header: "Allow"] == allowed, "\(method) \(path)")
        #expect(answer.body == #"{"message":"Method not allowed"}"#)
      }
      let second = try await send("PUT", "/crm/rest/v2/contacts/7")
      #expect(second.status == 405 && second[header: "Allow"] == "GET, HEAD, PATCH, DELETE, OPTIONS")
      let body = try JSON.parse(second.body)
      #expect(body["code"] == 405 && body["status"] == "Method Not Allowed")
      #expect(body["details"]?[0]?["resource"] == "PUT /rest/v2/contacts/7")
      for path in ["/oauth/token", "/token", "/oauth/revoke"] {
        let answer = try await HTTP.send("GET", world.base + path)
        #expect(answer.status == 405 && answer[header: "Allow"] == "POST, OPTIONS", "\(path)")
        #expect(try JSON.parse(answer.body)["error"] == "invalid_request", "\(path)")
      }
      let page = try await HTTP.send("DELETE", world.base + "/account")
      #expect(page.status == 405 && page[header: "Allow"] == "GET, HEAD, OPTIONS")
      #expect(page[header: "Content-Type"] == "text/html;charset=utf-8")
      #expect(try await send("DELETE", "/crm/rest/v1/nowhere").status == 404)
      #expect(try await HTTP.send("DELETE", world.base + "/nowhere").status == 404)
    }
  }

  @Test("a method that no path takes is 501, in the words of the path")
  func notImplemented() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      for method in ["PROPFIND", "LINK", "PURGE", "SEARCH"] {
        for path in ["/signin", "/nowhere"] {
          let page = try await HTTP.send(method, world.base + path)
          #expect(page.status == 501 && page[header: "Content-Type"] == "text/html;charset=utf-8", "\(method) \(path)")
        }
        let first = try await HTTP.send(
          method, world.base + "/crm/rest/v1/contacts", headers: Self.bearer(calls.token))
        #expect(first.status == 501 && first.body == #"{"message":"Method not implemented"}"#, "\(method)")
        let second = try await HTTP.send(
          method, world.base + "/crm/rest/v2/contacts", headers: Self.bearer(calls.token))
        #expect(try JSON.parse(second.body)["status"] == "Not Implemented", "\(method)")
        #expect(try await HTTP.send(method, world.base + "/crm/rest/v1/contacts").status == 401, "\(method)")
      }
      let tunnel = "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n"
      #expect(try await RawClient.call(tunnel, port: world.port).status == 501)
    }
  }

  @Test("our own routes tell what they take, judge conditions and are open to other origins as the API is")
  func ownRoutes() async throws {
    let origin = "https://shop.example"
    try await IssuerSiteWorld.serving(origins: [origin]) { world in
      let calls = try await KeapCalls(world)
      for (path, method) in [("/v1/contacts", "PUT"), ("/v1/contacts:batch", "POST")] {
        let options = try await HTTP.send("OPTIONS", world.base + path, headers: Self.bearer(calls.token))
        #expect(options.status == 204 && options[header: "Allow"] == "\(method), OPTIONS", "\(path)")
        for other in ["GET", "HEAD", "PATCH", "DELETE"] {
          let refused = try await HTTP.send(other, world.base + path, headers: Self.bearer(calls.token))
          #expect(refused.status == 405 && refused[header: "Allow"] == "\(method), OPTIONS", "\(other) \(path)")
          let stranger = try await HTTP.send(other, world.base + path)
          #expect(stranger.status == 401 && stranger[header: "Allow"] == nil, "\(other) \(path)")
        }
        let read = try await HTTP.send("GET", world.base + path, headers: Self.bearer(calls.token))
        #expect(try JSON.parse(read.body)["details"]?[0]?["resource"]?.string == "GET \(path)")
        let withBody = try await HTTP.send("GET", world.base + path, headers: Self.bearer(calls.token), body: "{}")
        #expect(withBody.status == 400 && withBody[header: "Content-Type"] == "text/html;charset=utf-8", "\(path)")
        let asked = try await HTTP.send(
          "OPTIONS", world.base + path,
          headers: [("Origin", origin), ("Access-Control-Request-Method", method)])
        #expect(asked.status == 204 && asked[header: "Access-Control-Allow-Origin"] == origin, "\(path)")
        #expect(asked[header: "Access-Control-Allow-Headers"]?.contains("Idempotency-Key") == true, "\(path)")
        let item = #"{"email_addresses":[{"field":"EMAIL1","email":"ann@shop.example"}]}"#
        for (name, value) in [("If-Match", "\"old\""), ("If-None-Match", "*")] {
          let changed = try await HTTP.send(
            method, world.base + path + "?match=Email", headers: Self.bearer(calls.token) + [(name, value)],
            body: method == "PUT" ? item : #"{"items":[\#(item)]}"#)
          #expect(changed.status == 412, "\(path) \(name)")
        }
      }
      #expect(try await calls.call("GET", "v1/contacts")["count"] == 0, "nothing was written")
    }
  }

  @Test("P33 whoever has no token is told neither which paths there are nor what they take")
  func stranger() async throws {
    try await IssuerSiteWorld.serving { world in
      for path in ["/crm/rest/v1/contacts", "/crm/rest/v2/contacts/7", "/crm/rest/v1/nowhere"] {
        for method in ["DELETE", "PUT", "OPTIONS", "HEAD"] {
          let answer = try await HTTP.send(method, world.base + path)
          #expect(answer.status == 401, "\(method) \(path)")
          #expect(answer[header: "Allow"] == nil, "\(method) \(path)")
        }
      }
    }
  }

  @Test("HEAD answers as GET does and leaves the body out, also where it refuses")
  func heads() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let id = try await calls.contact()
      let paths = [
        "/crm/rest/v1/contacts", "/crm/rest/v1/contacts/\(id)", "/crm/rest/v2/contacts/\(id)",
        "/crm/rest/v2/contacts/999",
        "/crm/rest/v1/nowhere", "/.well-known/oauth-authorization-server", "/signin", "/style.css", "/nowhere",
        "/livez",
      ]
      for path in paths {
        let get = try await HTTP.send("GET", world.base + path, headers: Self.bearer(calls.token))
        let head = try await HTTP.send("HEAD", world.base + path, headers: Self.bearer(calls.token))
        #expect(head.status == get.status && head.body.isEmpty, "\(path)")
        for name in ["Content-Type", "Content-Length", "ETag", "Cache-Control", "WWW-Authenticate"] {
          // A page of trouble names the request, each with as many letters.
          #expect(head[header: name] == get[header: name], "\(path) \(name)")
        }
      }
      #expect(try await HTTP.send("HEAD", world.base + "/oauth/token").status == 405)
    }
  }

  @Test("OPTIONS tells what a path takes, and of another origin's page nothing is known unless it is let in")
  func options() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      for (path, allowed) in [
        ("/crm/rest/v1/contacts", "GET, HEAD, POST, PUT, OPTIONS"), ("/oauth/token", "POST, OPTIONS"),
        ("/signin", "GET, HEAD, POST, OPTIONS"),
      ] {
        let answer = try await HTTP.send("OPTIONS", world.base + path, headers: Self.bearer(calls.token))
        #expect(answer.status == 204 && answer[header: "Allow"] == allowed, "\(path)")
      }
      for path in ["/crm/rest/v1/contacts", "/oauth/token"] {
        let asked = try await HTTP.send(
          "OPTIONS", world.base + path,
          headers: [("Origin", "https://shop.example"), ("Access-Control-Request-Method", "GET")])
        #expect(!asked.head.lowercased().contains("access-control"), "\(path)")
      }
    }
  }

  @Test(
    "a page of an origin that is let in may call the API and the token endpoint, with no cookie, and no page of ours")
  func origins() async throws {
    let origin = "https://shop.example"
    try await IssuerSiteWorld.serving(origins: [origin]) { world in
      let calls = try await KeapCalls(world)
      func ask(_ path: String, from origin: String) async throws -> RawAnswer {
        try await HTTP.send(
          "OPTIONS", world.base + path,
          headers: [
            ("Origin", origin), ("Access-Control-Request-Method", "PATCH"),
            ("Access-Control-Request-Headers", "authorization, if-match"),
          ])
      }
      for path in ["/crm/rest/v1/contacts", "/crm/rest/v2/nowhere", "/oauth/token", "/token", "/oauth/revoke"] {
        let asked = try await ask(path, from: origin)
        #expect(asked.status == 204, "\(path)")
        #expect(asked[header: "Access-Control-Allow-Origin"] == origin, "\(path)")
        #expect(asked[header: "Access-Control-Allow-Methods"]?.contains("PATCH") == true)
        #expect(asked[header: "Access-Control-Allow-Headers"]?.contains("If-Match") == true)
        #expect(asked[header: "Access-Control-Allow-Credentials"] == nil)
        #expect(asked[header: "Vary"] == "Origin")
        for other in ["https://shop.example.evil.example", "http://shop.example", "null", "https://SHOP.example"] {
          #expect(try await ask(path, from: other)[header: "Access-Control-Allow-Origin"] == nil, "\(path) \(other)")
        }
      }
      // Answers, refusals and failures alike, so that the page can read why.
      for (headers, status) in [(Self.bearer(calls.token), 200), ([], 401)] as [(Fields, Int)] {
        let answer = try await HTTP.send(
          "GET", world.base + "/crm/rest/v1/contacts", headers: headers + [("Origin", origin)])
        #expect(answer.status == status && answer[header: "Access-Control-Allow-Origin"] == origin)
        #expect(answer[header: "Access-Control-Expose-Headers"]?.contains("ETag") == true)
        let hasLimits = answer[header: "Access-Control-Expose-Headers"]?.contains("x-keap-tenant-id") == true
        #expect(hasLimits == (answer[header: "x-keap-tenant-id"] != nil) && hasLimits == (status == 200))
        #expect(answer[header: "Vary"] == (status == 200 ? "Accept-Encoding, Origin" : "Origin"))
      }
      let unasked = try await HTTP.send("GET", world.base + "/crm/rest/v1/contacts", headers: Self.bearer(calls.token))
      #expect(unasked[header: "Vary"] == "Accept-Encoding, Origin")
      #expect(unasked[header: "Access-Control-Allow-Origin"] == nil)
      let refused = try await HTTP.send(
        "POST", world.base + "/oauth/token",
        headers: [("Origin", origin), ("Content-Type", "application/x-www-form-urlencoded")], body: "grant_type=x")
      #expect(refused.status == 400 && refused[header: "Access-Control-Allow-Origin"] == origin)
      for path in ["/account", "/signin", "/oauth/authorize", "/consent", "/nowhere"] {
        let asked = try await ask(path, from: origin)
        let answer = try await HTTP.send("GET", world.base + path, headers: [("Origin", origin)])
        for page in [asked, answer] { #expect(!page.head.lowercased().contains("access-control"), "\(path)") }
      }
    }
  }

  @Test(
    "a GET with a body is refused with a page before anybody asks who sent it, as Keap does, and one of no bytes is not"
  )
  func getWithBody() async throws {
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      for headers in [Self.bearer(calls.token), []] {
        let answer = try await HTTP.send("GET", world.base + "/crm/rest/v1/contacts", headers: headers, body: "{}")
        #expect(answer.status == 400 && answer[header: "Content-Type"] == "text/html;charset=utf-8")
      }
      let empty = try await HTTP.send(
        "GET", world.base + "/crm/rest/v1/contacts", headers: Self.bearer(calls.token), body: "")
      #expect(empty.status == 200)
    }
  }
}
