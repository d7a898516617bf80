import Keeper
import KeeperKit
import NetworkKit
import Testing
import Wire

@testable import Proxy

/// Calls in XML-RPC whose jobs do not wait for the answer.
@Suite(.timeLimit(.minutes(2))) struct BridgeErrandTests {
  private let doors = BridgeDoorTests()

  private static let contact =
    #"{"id":"77","email_addresses":[{"field":"EMAIL1","email":"ann@example.org"},"#
    + #"{"field":"EMAIL2","email":"old@example.org"}]}"#

  private static let addWithCheck = BridgeDoorTests.call(
    "ContactService.addWithDupCheck",
    "<param><value><struct><member><name>Email</name><value>ann@example.org</value></member></struct></value></param>"
      + "<param><value>Email</value></param>")

  /// Asks nothing of REST, and has a place as any call has.
  private static let enabled = BridgeDoorTests.call(
    "DataService.getAppSetting",
    "<param><value>Application</value></param><param><value>enabled</value></param>")

  private static var one: ProxyLimits {
    var limits = ProxyLimits.patient
    limits.connectionsOfKey = 1
    return limits
  }

  /// Sends a call, and goes as soon as the upstream has seen so many requests in all.
  private func leave(_ body: String, after count: Int, in world: ProxyWorld) async throws {
    let client = try await world.client()
    try await client.send(doors.post(body))
    try await world.upstream.sees(count)
    client.close()
    try await isGone(1, in: world)
  }

  /// Waits until so many jobs are known to have gone.
  private func isGone(_ count: Int, in world: ProxyWorld) async throws {
    while world.gateway.records.count(where: { $0.status == 499 && $0.path.hasPrefix("/crm/xmlrpc") }) < count {
      await Task.yield()
    }
  }

  /// Waits until the key has a place.
  private func hasPlace(in world: ProxyWorld) async throws {
    while try await world.call(doors.post(Self.enabled)).status == 503 {}
  }

  /// Waits until what the key asks by XML-RPC is answered; what it is refused for meanwhile says why.
  private func isServed(_ key: String, in world: ProxyWorld) async throws {
    while true {
      let answer = try await world.call(doors.post(Self.enabled, key: key))
      if answer.status == 200 { return }
      #expect(answer.status == 503 && answer.body.contains("too_many_calls"), "\(answer)")
    }
  }

  private static func text(_ status: Int, _ body: String) -> String {
    guard case .raw(let text) = TestUpstream.Reply.json(status, body) else { return "" }
    return text
  }

  @Test("K32: a job that goes keeps its place until what was written for it has its answer, and the write is not cut")
  func written() async throws {
    try await ProxyWorld.run(limits: Self.one, reply: { _ in .nothing }) { world in
      try await leave(BridgeDoorTests.add(), after: 1, in: world)
      #expect(try await world.call(doors.post(Self.enabled)).status == 503)
      try await world.upstream.push(Self.text(201, #"{"id":"77"}"#))
      try await hasPlace(in: world)
      #expect(world.gateway.records.contains { $0.path == "/crm/rest/v2/contacts" && $0.status == 201 })
    }
  }

  @Test(
    "K32: calls whose jobs have gone count for their key and in all until they end; whoever is refused for them is told so",
    arguments: [false, true])
  func many(inAll: Bool) async throws {
    var limits = ProxyLimits.patient
    limits.errandsOfKey = inAll ? 3 : 2
    limits.errands = inAll ? 2 : 4
    try await ProxyWorld.run(limits: limits, reply: { $0.method == "POST" ? .nothing : .ok }) { world in
      world.gateway.change { $0.others = ["elsewhere": FakeGateway.token(3)] }
      for count in 1...2 {
        let client = try await world.client()
        try await client.send(doors.post(BridgeDoorTests.add()))
        try await world.upstream.sees(count)
        client.close()
      }
      try await isGone(2, in: world)
      let refused = try await world.call(doors.post(Self.enabled))
      #expect(refused.status == 503 && refused.fields["retry-after"] == "1")
      #expect(refused.body.contains("too_many_calls") && refused.body.contains("did not wait for its answer"))
      let other = try await world.call(doors.post(Self.enabled, key: "evk_other"))
      #expect(other.status == (inAll ? 503 : 200))
      // Calls of REST are served all the while, of the same key too.
      #expect(try await world.call(request(key: "evk_second")).status == 200)
      #expect(world.upstream.seen.map(\.method) == ["POST", "POST", "GET"])
      // Their end, whichever it is, makes room.
      try await world.upstream.hangUp()
      try await isServed("evk_second", in: world)
      try await isServed("evk_other", in: world)
    }
  }

  @Test("K32: what was only read for a job that goes is ended, and its place is free; nothing is written then")
  func read() async throws {
    try await ProxyWorld.run(limits: Self.one, reply: { _ in .nothing }) { world in
      try await leave(BridgeDoorTests.update, after: 1, in: world)
      try await world.upstream.loses(1)
      try await hasPlace(in: world)
      #expect(world.upstream.seen.map(\.method) == ["GET"])
    }
  }

  @Test("K32: a job that goes while a token is waited for has its call made no more")
  func unsent() async throws {
    try await ProxyWorld.run(limits: Self.one, reply: { _ in BridgeDoorTests.created }) { world in
      world.gateway.change { $0.fresh = nil }
      let client = try await world.client()
      try await client.send(doors.post(BridgeDoorTests.add()))
      while world.gateway.state.withLock(\.open).isEmpty { await Task.yield() }
      client.close()
      try await isGone(1, in: world)
      try await hasPlace(in: world)
      world.gateway.change { $0.fresh = FakeGateway.token(1) }
      world.gateway.answer(.success(FakeGateway.token(1)))
      #expect(try await world.call(doors.post(BridgeDoorTests.add())).status == 200)
      #expect(world.upstream.seen.count == 1)
    }
  }

  @Test("K32: a job that goes while it waits for its turn leaves the line and its place")
  func waiting() async throws {
    var limits = Self.one
    limits.connectionsOfKey = 2
    try await ProxyWorld.run(
      limits: limits,
      reply: { seen in seen.number == 2 ? .nothing : .json(200, seen.method == "GET" ? Self.contact : #"{"id":"77"}"#) }
    ) { world in
      let first = try await world.client(), second = try await world.client()
      try await first.send(doors.post(BridgeDoorTests.update))
      try await world.upstream.sees(2)
      let judged = world.gateway.state.withLock(\.passages)
      try await second.send(doors.post(BridgeDoorTests.update))
      await world.gateway.judges(judged + 1)
      second.close()
      try await isGone(1, in: world)
      // While the first has its turn still.
      try await hasPlace(in: world)
      try await world.upstream.push(Self.text(200, #"{"id":"77"}"#))
      #expect(try await first.answer().status == 200)
      #expect(try await world.call(doors.post(BridgeDoorTests.update)).status == 200)
      #expect(world.upstream.seen.map(\.method) == ["GET", "PATCH", "GET", "PATCH"])
      first.close()
    }
  }

  @Test(
    "P44: what was begun to be written is written to its end, though the job has gone and the server is to stop",
    arguments: [false, true])
  func begun(stops: Bool) async throws {
    try await ProxyWorld.run(
      reply: { seen in
        switch seen.method {
        case "POST": .nothing
        case "GET" where seen.target.contains("filter"):
          .json(200, #"{"contacts":[\#(Self.contact),\#(Self.contact.replacing("77", with: "78"))]}"#)
        default: .json(200, Self.contact)
        }
      }
    ) { world in
      // REST is asked which of two contacts it takes, by a write that may drop an address; that is written again.
      try await leave(Self.addWithCheck, after: 2, in: world)
      async let stopped: Void = stops ? world.proxy.stop() : ()
      try await world.upstream.push(Self.text(200, Self.contact))
      await stopped
      try await world.upstream.sees(4)
      #expect(world.upstream.seen.map(\.method) == ["GET", "POST", "GET", "PATCH"])
      #expect(world.upstream.seen.last?.body.contains("old@example.org") == true)
    }
  }
}
