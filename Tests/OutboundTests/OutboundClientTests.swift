import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

@Suite("Requests to others")
struct OutboundClientTests {
  private let client = OutboundClient(idleTime: .hours(1))

  @Test("a connection serves one request after another")
  func keepAlive() async throws {
    let server = try await FakeServer.start { .answer(wire("200 OK", [], "\($0)")) }
    for number in 0..<20 {
      #expect(try await client.send("GET", "http://127.0.0.1:\(server.port)/").text == "\(number)")
    }
    // A client that keeps nothing would have opened twenty.
    #expect(server.connections < 5)
  }

  @Test("several requests are under way at once")
  func several() async throws {
    let server = try await FakeServer.start { _ in .answer(wire("200 OK", [], "x")) }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<20 {
        group.addTask { try await client.send("GET", "http://127.0.0.1:\(server.port)/").status }
      }
      for try await status in group { #expect(status == 200) }
    }
    #expect(server.requests.count == 20)
  }

  @Test("a kept connection that is cut fails a POST, which may have been processed, and repeats a GET")
  func cutKept() async throws {
    let server = try await FakeServer.start { number in
      number == 1 || number == 3 ? .answerAndClose("") : .answer(wire("200 OK", [], "\(number)"))
    }
    let url = "http://127.0.0.1:\(server.port)/"
    #expect(try await client.send("GET", url).text == "0")
    await #expect(throws: OutboundFailure.self) { try await client.send("POST", url, body: [1]) }
    #expect(try await client.send("GET", url).text == "2")
    #expect(try await client.send("GET", url).text == "4")
    #expect(server.requests.count == 5)
  }

  @Test("K32: so many connections are kept and each for so long, whatever origins are asked")
  func bounded() async throws {
    var servers: [FakeServer] = []
    for _ in 0..<3 { servers.append(try await FakeServer.start { _ in .answer(wire()) }) }
    let few = OutboundClient(idleTime: .hours(1), mostIdle: 2)
    for number in 0..<30 { _ = try await few.send("GET", "http://127.0.0.1:\(servers[number % 3].port)/") }
    // The one that is asked next is always the one that had to go.
    #expect(servers.map(\.connections).reduce(0, +) > 15)

    let fresh = OutboundClient(idleTime: .hours(1), longestLife: .zero), before = servers[0].connections
    for _ in 0..<5 { _ = try await fresh.send("GET", "http://127.0.0.1:\(servers[0].port)/") }
    #expect(servers[0].connections == before + 5)
    for client in [few, fresh] { await client.close() }
    for server in servers { await server.stop() }
  }

  @Test("a caller who gives up does not wait for the answer")
  func cancelled() async throws {
    let server = try await FakeServer.start { _ in .stall }
    let url = "http://127.0.0.1:\(server.port)/"
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        do { return try await client.send("GET", url, timeout: .seconds(600)).status == 0 } catch { return true }
      }
      group.cancelAll()
      #expect(await group.next() == true)
    }
  }

  @Test("an answer longer than the limit is refused")
  func tooLong() async throws {
    let small = OutboundClient(bodyLimit: 100)
    let server = try await FakeServer.start { _ in .answer(wire("200 OK", [], String(repeating: "x", count: 101))) }
    await #expect(throws: OutboundFailure.self) { try await small.send("GET", "http://127.0.0.1:\(server.port)/") }
  }

  @Test(
    "an address is https, or http on this machine",
    arguments: [
      ("https://api.example.com/a?b=c#d", "/a?b=c"), ("https://api.example.com", "/"),
      ("http://localhost:80?x=1", "/?x=1"),
    ])
  func address(text: String, target: String) throws { #expect(try #require(OutboundURL(text)).target == target) }

  @Test(
    "any other address is refused",
    arguments: [
      "http://example.com/", "ftp://example.com/", "https://user@example.com/", "https:///x", "/x",
      "https://a.example/ b",
      "https://a.example/\r\nX: y",
    ])
  func refusedAddress(text: String) { #expect(OutboundURL(text) == nil) }
}

@Suite("A job's way to an API")
struct HTTPUpstreamTests {
  @Test("a call goes below the address, with the key and nothing else of ours")
  func call() async throws {
    let server = try await FakeServer.start { _ in .answer(wire("201 Created", ["X-Thing: a"], "{}")) }
    let upstream = try HTTPUpstream(
      base: "http://127.0.0.1:\(server.port)/via/shop/", credential: .apiKey(Secret("evk_1")))
    let answer = try await upstream.send(
      UpstreamRequest("PUT", "/crm/rest/v1/contacts?x=1", body: Array("{}".utf8), contentType: "application/json"))
    #expect(answer.status == 201)
    #expect(answer.headers["x-thing"] == "a")
    let text = try #require(server.requests.first)
    #expect(text.hasPrefix("PUT /via/shop/crm/rest/v1/contacts?x=1 HTTP/1.1\r\n"))
    #expect(text.contains("\r\nX-API-Key: evk_1\r\n"))
    #expect(!text.contains("Authorization"))
  }

  @Test("a failure is a sentence that says whether the request was sent")
  func failures() async throws {
    let port = try await freePort()
    let refused = await #expect(throws: HTTPUpstream.Failure.self) {
      try await HTTPUpstream(base: "http://127.0.0.1:\(port)", credential: .apiKey(Secret("k"))).send(
        UpstreamRequest("GET", "/"))
    }
    #expect(refused?.description == "http://127.0.0.1:\(port) cannot be reached: nothing listens there.")
    #expect(refused?.wasSent == false)

    let server = try await FakeServer.start { _ in .stall }
    let late = await #expect(throws: HTTPUpstream.Failure.self) {
      try await HTTPUpstream(
        base: "http://127.0.0.1:\(server.port)", credential: .apiKey(Secret("k")), timeout: .seconds(5)
      ).send(UpstreamRequest("POST", "/", body: []))
    }
    #expect(late?.wasSent == true)
    #expect(late?.description.hasSuffix("The request may have been processed.") == true)
  }
}
