import Foundation
import NetworkKit
import OAuth
import TestKit
import Testing
import Wire

@testable import Outbound
@testable import Web

@Suite("REST hooks, as Keap has them")
struct HookAPITests {
  /// A receiver that gives back the secret that it is asked for, and takes what it is told.
  private func receiver() async throws -> FakeServer {
    try await FakeServer.reading { _, request in
      let secret = Self.parts(request).head["X-Hook-Secret"]
      return .answer(wire("200 OK", secret.map { ["X-Hook-Secret: \($0)"] } ?? []))
    }
  }

  @Test("a hook is made, confirmed by its receiver, read, told of a contact by a signed message, and deleted")
  func life() async throws {
    try await IssuerSiteWorld.serving(privateHooks: true) { world in
      let calls = try await KeapCalls(world)
      #expect(
        try await calls.call("GET", "v1/hooks/event_keys") == ["contact.add", "contact.delete", "contact.edit"])
      #expect(try await calls.call("GET", "v1/hooks") == [])
      let server = try await receiver()
      let url = JSON.string("http://127.0.0.1:\(server.port)/told?by=keap")
      let made = try await calls.call("POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": url])
      let key = try #require(made["key"]?.string)
      let hook: JSON = ["eventKey": "contact.add", "hookUrl": url, "key": .string(key), "status": "Verified"]
      #expect(made.object?.filter { $0.key != "signingSecret" } == hook.object)
      #expect(try await calls.call("GET", "v1/hooks") == [hook])
      #expect(try await calls.call("GET", "v1/hooks/\(key)") == hook)

      let contact = try await calls.contact()
      try await eventually("the receiver is told") {
        world.time.advance(by: .seconds(1))
        return server.requests.count > 1
      }
      let (head, body) = try #require(server.requests.last.map(Self.parts))
      #expect(try JSON.parse(body)["object_keys"]?[0]?["id"] == .integer(contact))
      let secret = Secret(try #require(made["signingSecret"]?.string))
      let signature = try WebhookKey(secret).sign(
        id: head["webhook-id"] ?? "", timestamp: head["webhook-timestamp"] ?? "", body: Array(body.utf8))
      #expect(head["webhook-signature"] == signature)

      let edits = try await calls.call("PUT", "v1/hooks/\(key)", ["eventKey": "contact.edit"])
      #expect(edits["eventKey"] == "contact.edit" && edits["status"] == "Verified")
      #expect(try await calls.call("POST", "v1/hooks/\(key)/verify")["status"] == "Verified")
      try await calls.call("DELETE", "v1/hooks/\(key)", nil, 204)
      try await calls.refuse("GET", "v1/hooks/\(key)", nil, 404, "Unable to find this Hook")
      await server.stop()
    }
  }

  @Test("a receiver that does not confirm at once may do so later, with the secret that it was given")
  func later() async throws {
    try await IssuerSiteWorld.serving(privateHooks: true) { world in
      let calls = try await KeapCalls(world)
      let server = try await FakeServer.start { _ in .answer(wire("200 OK", ["X-Hook-Secret: another"])) }
      let url = JSON.string("http://127.0.0.1:\(server.port)/")
      let made = try await calls.call("POST", "v1/hooks", ["eventKey": "contact.edit", "hookUrl": url])
      #expect(made["status"] == "Unverified")
      #expect(made["problem"] == "The address answered 200 and did not give X-Hook-Secret back.")
      let path = "/crm/rest/v1/hooks/\(made["key"]?.string ?? "")/delayedVerify"
      let secret = try #require(server.requests.first.map(Self.parts)?.head["X-Hook-Secret"])
      for (given, status) in [(nil, 400), ("wrong", 400), (secret, 200)] as [(String?, Int)] {
        var headers = [("Authorization", "Bearer \(calls.token.exposed)")]
        if let given { headers.append(("X-Hook-Secret", given)) }
        let answer = try await world.client.send("POST", world.base + path, headers: headers)
        #expect(answer.status == status)
        if status == 200 { #expect(try JSON.parse(answer.body)["status"] == "Verified") }
      }
      #expect(try await calls.call("GET", "v1/hooks")[0]?["problem"] == nil)
      await server.stop()
    }
  }

  @Test("whoever made a hook that is not confirmed is told why, and nothing of an answer but its status")
  func problems() async throws {
    try await IssuerSiteWorld.serving(privateHooks: true) { world in
      let calls = try await KeapCalls(world)
      let refusing = try await FakeServer.start { _ in .answer(wire("404 Not Found", ["X-Own: words"], "own words")) }
      let closing = try await FakeServer.start { _ in .answerAndClose("") }
      let strange = try await FakeServer.start(tls: TestIdentity().server) { _ in .answer(wire()) }
      let unused = try await freePort()
      let table = [
        ("http://127.0.0.1:\(refusing.port)/", "The address answered 404 and not 200."),
        (
          "http://127.0.0.1:\(closing.port)/",
          "The connection was closed before the address had answered, or the answer was no HTTP."
        ),
        ("http://127.0.0.1:\(unused)/", "There is no connection to the address."),
        (
          "https://localhost:\(strange.port)/",
          "TLS failed: the address needs a certificate for its name, from an authority that all trust."
        ),
        ("https://no-such-name.invalid/", "The name in the address does not resolve."),
      ]
      for (url, problem) in table {
        let made = try await calls.call("POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": .string(url)])
        let read = try await calls.call("GET", "v1/hooks/\(made["key"]?.string ?? "")")
        for hook in [made, read] {
          #expect(hook["status"] == "Unverified" && hook["problem"] == .string(problem), "\(url)")
        }
      }
      let problems = try await calls.call("GET", "v1/hooks").array?.compactMap { $0["problem"]?.string } ?? []
      #expect(Set(problems) == Set(table.map { $0.1 }))
      for server in [refusing, closing, strange] { await server.stop() }
    }
  }

  @Test("nobody has an address asked as often as he likes: 429 says when to come again")
  func tooOften() async throws {
    try await IssuerSiteWorld.serving(privateHooks: true) { world in
      let calls = try await KeapCalls(world)
      let server = try await receiver()
      let url = JSON.string("http://127.0.0.1:\(server.port)/")
      let made = try await calls.call("POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": url])
      let path = "/crm/rest/v1/hooks/\(made["key"]?.string ?? "")/verify"
      var answer = try await world.api("POST", path, calls.token)
      while answer.status == 200, server.requests.count < 100 {
        answer = try await world.api("POST", path, calls.token)
      }
      #expect(answer.status == 429)
      let pause = try #require(answer[header: "Retry-After"].flatMap { Int($0) })
      #expect((1...60).contains(pause))
      #expect(answer.text.contains("Addresses of hooks are asked at most 30 times a minute"))
      #expect(server.requests.count == 30)
      await server.stop()
    }
  }

  @Test("what is no event, no address or an address in a private network is refused, and nothing is called there")
  func refusals() async throws {
    let server = try await receiver()
    try await IssuerSiteWorld.serving { world in
      let calls = try await KeapCalls(world)
      let https = JSON.string("https://hooks.example/")
      try await calls.refuse(
        "POST", "v1/hooks", ["eventKey": "invoice.add", "hookUrl": https], 400,
        "eventKey must be one of contact.add, contact.delete, contact.edit")
      try await calls.refuse("POST", "v1/hooks", ["hookUrl": https], 400, "eventKey is required")
      try await calls.refuse("POST", "v1/hooks", ["eventKey": "contact.add"], 400, "hookUrl is required")
      for url in ["http://hooks.example/", "ftp://hooks.example/", "none", "https://ann:pw@hooks.example/"] {
        try await calls.refuse(
          "POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": .string(url)], 400,
          "hookUrl must be an https address of at most 2000 characters")
      }
      for url in ["https://hooks.example/changed#contacts", "https://hooks.example#", "https://hooks.example/?a=b#c"] {
        try await calls.refuse(
          "POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": .string(url)], 400,
          "hookUrl must be an address without a fragment: what follows # is sent to nobody")
      }
      for url in ["http://127.0.0.1:\(server.port)/", "https://192.168.1.1/", "https://[fd00::1]/"] {
        try await calls.refuse(
          "POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": .string(url)], 400,
          "hookUrl must be an address that everybody can reach")
      }
      // A name that leads to this machine is met only when it is dialled.
      let hidden = JSON.string("https://0x7f.1:\(server.port)/")
      let made = try await calls.call("POST", "v1/hooks", ["eventKey": "contact.add", "hookUrl": hidden])
      #expect(made["status"] == "Unverified")
      #expect(made["problem"] == "The name in the address leads into a private network.")
    }
    #expect(server.connections == 0)
    await server.stop()
  }

  private static func parts(_ request: String) -> (head: [String: String], body: String) {
    let halves = request.components(separatedBy: "\r\n\r\n")
    let fields = halves[0].components(separatedBy: "\r\n").dropFirst().map { $0.components(separatedBy: ": ") }
    return (
      Dictionary(fields.map { ($0[0], $0.dropFirst().joined(separator: ": ")) }) { first, _ in first }, halves[1]
    )
  }
}
