import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound
@testable import Web

@Suite("What is never in gzip")
struct NeverCompressedTests {
  @Test("P9 no page, no answer of a token endpoint and none of a hook is packed, however long, whatever is asked for")
  func neverPacked() async throws {
    try await GzipCalls.serving { call in
      let world = call.world
      let ann = Browser(world)
      let tokens = try await ann.tokens("ann@example.org", world.shopClient)
      for encodings in ["gzip", "gzip, identity;q=0"] {
        for path in ["/signin", "/account", "/nowhere", "/crm/rest/v1/nowhere", "/crm/rest/v1/hooks", "/livez"] {
          let answer = try await call.send("GET", path, encodings)
          #expect(answer[header: "Content-Encoding"] == nil && answer[header: "Vary"] == nil, "\(path)")
        }
        for path in ["/oauth/token", "/token"] {
          for token in [tokens.refreshToken?.exposed ?? "", String(repeating: "no token", count: 500)] {
            let answer = try await world.tokenRequest(
              [
                ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", world.shop.clientID),
                ("client_secret", world.shopClient.secret.exposed),
              ], path: path, headers: [("Accept-Encoding", encodings)])
            #expect(answer[header: "Content-Encoding"] == nil && answer[header: "Vary"] == nil, "\(path)")
          }
        }
        let refused = try await call.send("GET", "/crm/rest/v2/contacts/999", encodings)
        #expect(refused.status == 404 && refused[header: "Content-Encoding"] == nil)
      }
    }
  }

  @Test("the answer that holds a hook's signing key is not packed, though its address makes it long")
  func signingKey() async throws {
    let receiver = try await FakeServer.start { _ in .answer(wire("200 OK")) }
    try await GzipCalls.serving(privateHooks: true) { call in
      let url = "http://127.0.0.1:\(receiver.port)/told?by=" + String(repeating: "keap", count: 400)
      let hook: JSON = ["eventKey": "contact.add", "hookUrl": .string(url)]
      let made = try await call.send("POST", "/crm/rest/v1/hooks", "gzip", hook)
      #expect(made.status == 200 && made.body.count > 1024 && made[header: "Content-Encoding"] == nil)
      #expect(try JSON.parse(made.body)["signingSecret"] != nil)
    }
    await receiver.stop()
  }

  @Test("P27: what goes wrong on purpose goes wrong in the plain form")
  func faults() async throws {
    try await GzipCalls.serving(faults: FaultPlan(obeysRequests: true)) { call in
      let note = try await call.note()
      let whole = try await call.send("GET", note.v1, "gzip")
      #expect(whole[header: "Content-Encoding"] == "gzip")
      let late = try await call.send("GET", note.v1, "gzip", nil, [("X-Evergrant-Fault", "skew=10m")])
      #expect(late.status == 200 && late[header: "Content-Encoding"] == nil)
      #expect(try Gunzip.read(whole.body) == late.body)
    }
  }

  @Test("a request whose body is compressed is refused with 415, and told that none is taken")
  func requests() async throws {
    try await GzipCalls.serving { call in
      let upsert: JSON = ["email_addresses": [["field": "EMAIL1", "email": "zoe@example.org"]]]
      for (path, code) in [("/crm/rest/v1/contacts", nil), ("/crm/rest/v2/contacts", 415)] as [(String, JSON?)] {
        for coding in ["gzip", "identity, gzip", "br"] {
          let answer = try await call.send("POST", path, nil, upsert, [("Content-Encoding", coding)])
          #expect(answer.status == 415 && answer[header: "Accept-Encoding"] == "identity", "\(path) \(coding)")
          let told = try JSON.parse(answer.body)
          #expect(told["message"]?.string?.contains("without Content-Encoding") == true && told["code"] == code)
        }
      }
      let plain = try await call.send("POST", "/crm/rest/v1/contacts", nil, upsert, [("Content-Encoding", "identity")])
      #expect(plain.status == 201)
      let token = try await call.world.tokenRequest(
        [("grant_type", "refresh_token")], headers: [("Content-Encoding", "gzip")])
      #expect(token.status == 400 && token.text.contains("without Content-Encoding"))
    }
  }
}
