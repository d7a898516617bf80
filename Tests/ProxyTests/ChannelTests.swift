import Foundation
import Keeper
import KeeperKit
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Outbound
import Synchronization
import Testing
import Wire

@testable import Proxy

/// Whom a channel to an upstream serves, and for how long.
@Suite(.timeLimit(.minutes(5))) struct ChannelTests {
  private static let stray = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\ninjected"

  /// The bearer and the number of a request, as its answer tells them.
  private static func echo(_ seen: Seen) -> String {
    let body = "\(seen.field("authorization") ?? "") \(seen.target)"
    return "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test(
    "K22: whatever an upstream sends behind its answers to one connection, and whenever, nobody else gets a byte of it")
  func injected() async throws {
    let strays: [@Sendable (String) -> TestUpstream.Reply] = [
      { .raw($0 + Self.stray) }, { .split($0, Self.stray, after: 0) }, { .split($0, Self.stray, after: 1) },
      { .split($0, Self.stray, after: 5) }, { .split($0, Self.stray, after: 50) },
    ]
    let reply = { @Sendable (seen: Seen) -> TestUpstream.Reply in
      let answer = Self.echo(seen)
      guard seen.target.hasPrefix("/split/"), let kind = seen.target.last?.wholeNumberValue else { return .raw(answer) }
      return strays[kind % strays.count](answer)
    }
    try await ProxyWorld.run(rest: ProxyLimits().restTime, reply: reply) { world in
      world.gateway.change { $0.others["elsewhere"] = FakeGateway.token(9) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<4 {
          group.addTask { try await Self.split(world, by: client) }
          group.addTask {
            try await Self.count(world, "/via/elsewhere", key: "evk_other", token: "eva_9", from: client)
          }
          group.addTask { try await Self.count(world, "/via/shop", key: "evk_second", token: "eva_1", from: client) }
        }
        try await group.waitForAll()
      }
    }
  }

  private static let calls = 20_400, eachTime = 50

  /// Calls whose answers have something behind them. What comes of them is their own affair.
  private static func split(_ world: ProxyWorld, by client: Int) async throws {
    for round in 0..<calls / 12 / eachTime {
      let client = try await world.client()
      try? await client.send(
        (0..<eachTime).map { request("GET", "/via/shop/split/\(round)-\($0)") }.joined())
      for _ in 0..<eachTime { _ = try? await client.answer() }
      client.close()
    }
  }

  /// Calls that each want their own answer, made with their own token.
  private static func count(_ world: ProxyWorld, _ prefix: String, key: String, token: String, from client: Int)
    async throws
  {
    let connection = try await world.client()
    for round in 0..<calls / 12 / eachTime {
      let targets = (0..<eachTime).map { "/contacts/\(client)-\(round)-\($0)" }
      try await connection.send(targets.map { request("GET", prefix + $0, key: key) }.joined())
      for target in targets {
        let answer = try await connection.answer()
        #expect(answer.status == 200 && answer.body == "Bearer \(token) \(target)")
      }
    }
    connection.close()
  }

  @Test("K22: a channel serves one connection, one of its approvals and one key")
  func onePurpose() async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.others["elsewhere"] = FakeGateway.token(1) }
      let client = try await world.client()
      func call(_ target: String, key: String) async throws -> Int {
        try await client.send(request("GET", target, key: key))
        #expect(try await client.answer().status == 200)
        return world.upstream.seen.last?.connection ?? 0
      }
      #expect(try await call("/via/shop/x", key: ProxyWorld.key) == 1)
      #expect(try await call("/via/shop/x", key: "evk_second") == 2)
      #expect(try await call("/via/elsewhere/x", key: "evk_other") == 3)
      for (index, key) in [ProxyWorld.key, "evk_second"].enumerated() {
        #expect(try await call("/via/shop/x", key: key) == index + 1)
      }
      world.gateway.change {
        $0.epoch = 2
        $0.fresh = FakeGateway.token(1, epoch: 2)
      }
      #expect(try await call("/via/shop/x", key: ProxyWorld.key) == 4)
      client.close()
    }
  }

  @Test(
    "K32: a channel rests after an answer before it serves again", arguments: [(Duration.zero, 1), (.seconds(3600), 3)])
  func rest(time: Duration, connections: Int) async throws {
    try await ProxyWorld.run(rest: time) { world in
      let client = try await world.client()
      for _ in 1...3 {
        try await client.send(request())
        #expect(try await client.answer().status == 200)
      }
      #expect(world.upstream.connections == connections)
      client.close()
    }
  }

  @Test("K32: so many channels rest and no more, whatever they are for, and the one goes that was used the longest ago")
  func bound() async throws {
    var limits = ProxyLimits.patient
    limits.pooledConnections = 2
    try await ProxyWorld.run(limits: limits) { world in
      world.gateway.change { $0.others["elsewhere"] = FakeGateway.token(1) }
      let client = try await world.client()
      let calls = [("/via/shop/x", ProxyWorld.key), ("/via/shop/x", "evk_second"), ("/via/elsewhere/x", "evk_other")]
      for (target, key) in calls {
        try await client.send(request("GET", target, key: key))
        #expect(try await client.answer().status == 200)
      }
      try await world.upstream.loses(1)
      for (target, key) in calls.reversed() {
        try await client.send(request("GET", target, key: key))
        #expect(try await client.answer().status == 200)
      }
      #expect(world.upstream.seen.map(\.connection) == [1, 2, 3, 3, 2, 4])
      client.close()
    }
  }

  @Test(
    "K32: an answer without a body that tells of one is the last on its channel",
    arguments: [
      ("HEAD", 200, "content-length: 5"), ("GET", 304, "content-length: 5"), ("GET", 204, "transfer-encoding: chunked"),
    ])
  func bodyInDoubt(method: String, status: Int, field: String) async throws {
    let reply = TestUpstream.Reply.raw("HTTP/1.1 \(status) X\r\n\(field)\r\n\r\n")
    try await ProxyWorld.run(reply: { $0.number == 1 ? reply : .ok }) { world in
      let client = try await world.client()
      try await client.send(request(method))
      #expect(try await client.answer(toHead: true).status == status)
      try await world.upstream.loses(1)
      try await client.send(request())
      #expect(try await client.answer().body == #"{"ok":true}"#)
      client.close()
    }
  }

  // MARK: On a loop that stands still

  /// One channel to an upstream, on a loop that moves when it is told to.
  private final class Stand: UpstreamUser {
    let channel: EmbeddedChannel
    private let pool: UpstreamPool
    let connection: UpstreamConnection
    var events: [String] = []
    var takesAnswer: Bool { true }

    init() throws {
      let origin = try #require(Origin("http://127.0.0.1:1"))
      let channel = EmbeddedChannel()
      let pool = UpstreamPool(loop: channel.embeddedEventLoop, limits: ProxyLimits(), dialer: Dialer())
      try pool.equip(
        channel, for: UpstreamLine(UpstreamUse(origin: origin, connection: "shop", epoch: 1, key: "nightly")))
      self.channel = channel
      self.pool = pool
      connection = try channel.pipeline.syncOperations.handler(type: UpstreamConnection.self)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func begin(_ method: HTTPMethod = .GET, body: BodyFraming = .none) {
      connection.begin(for: self, method: method, head: ByteBuffer(string: "\(method) / HTTP/1.1\r\n\r\n"), body: body)
      if body == .none { connection.endRequest() }
      connection.flush()
    }

    func comes(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    func upstreamAnswered(_ head: HTTPResponseHead) { events.append("\(head.status.code)") }
    func upstreamAnswered(_ body: ByteBuffer) { events.append(String(buffer: body)) }
    func upstreamEnded() { events.append("end") }
    func upstreamPaused() {}
    func upstreamLost(_ end: UpstreamConnection.EarlyEnd) { events.append("\(end)") }
    func upstreamTakesMore() {}
  }

  @Test("K22: what was there before the request could be read is no answer, and its channel serves nobody")
  func beforeAsking() throws {
    let stand = try Stand()
    stand.begin()
    try stand.comes(Self.stray)
    #expect(stand.events == ["outOfTurn"])
    #expect(!stand.channel.isActive)
  }

  @Test("K22: what comes after it is")
  func afterAsking() throws {
    let stand = try Stand()
    stand.begin()
    stand.channel.embeddedEventLoop.run()
    try stand.comes("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    #expect(stand.events.first == "200" && stand.events.last == "end" && stand.events.joined() == "200okend")
    stand.connection.release(requestEnded: true)
    #expect(stand.channel.isActive)
    _ = try? stand.channel.finish()
  }

  @Test("K32: an answer that began before the end of its request is the last on its channel, though both end whole")
  func early() throws {
    let stand = try Stand()
    stand.begin(.POST, body: .length(2))
    stand.channel.embeddedEventLoop.run()
    try stand.comes("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nn")
    stand.connection.write(ByteBuffer(string: "{}"))
    stand.connection.endRequest()
    stand.connection.flush()
    try stand.comes("o")
    #expect(stand.events.joined() == "413noend")
    stand.connection.release(requestEnded: true)
    #expect(!stand.channel.isActive)
  }
}
