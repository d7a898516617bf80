import Keeper
import KeeperKit
import NIOCore
import NIOEmbedded
import Outbound
import Sockets
import TestKit
import Testing
import Wire

@testable import Proxy

/// Jobs that keep the data plane waiting, on a loop whose time moves when it is told to.
struct PatienceTests {
  private struct Stand {
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel
    let gateway = FakeGateway(origin: "http://127.0.0.1:1")

    init(_ limits: ProxyLimits = ProxyLimits()) throws {
      // No token comes, so nothing dials out.
      gateway.change { $0.fresh = nil }
      let plane = LoopPlane(
        loop: loop, gateway: gateway, clock: VirtualTime().clock, limits: limits, dialer: Dialer(),
        places: Places(limits.places),
        logger: .silent)
      channel = EmbeddedChannel(loop: loop)
      try plane.serve(channel)
      plane.start()
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func comes(_ text: String) throws {
      if channel.isActive { try channel.writeInbound(ByteBuffer(string: text)) }
    }

    /// What the job has been told so far.
    func told() throws -> String {
      var text = ""
      while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
      return text
    }
  }

  @Test("K32: a body that comes more slowly than the least rate is refused, however often a byte of it comes")
  func trickle() throws {
    let stand = try Stand()
    try stand.comes(request("POST", fields: ["Content-Length: 100000"]))
    var told = "", seconds = 0
    while told.isEmpty, seconds < 60 {
      for _ in 1...100 {
        try stand.comes("x")
        stand.loop.advanceTime(by: .milliseconds(10))
      }
      seconds += 1
      told = try stand.told()
    }
    #expect(told.contains("body_too_slow"))
    #expect((10...13).contains(seconds))
  }

  @Test("K32: a body at the least rate is heard out, though it takes long")
  func steady() throws {
    var limits = ProxyLimits()
    limits.tokenWait = .seconds(3600)
    limits.keptBody = 1 << 20
    let stand = try Stand(limits)
    let piece = String(repeating: "x", count: limits.leastBodyRate)
    try stand.comes(request("POST", fields: ["Content-Length: \(300 * piece.utf8.count)"]))
    for _ in 1...300 {
      try stand.comes(piece)
      stand.loop.advanceTime(by: .seconds(1))
    }
    #expect(try stand.told() == "")
    #expect(stand.channel.isActive)
  }

  @Test("K32: a head that comes a byte at a time ends after its ten seconds")
  func slowHead() throws {
    let stand = try Stand()
    try stand.comes("GET /via/shop/contacts HTTP/1.1\r\nX: ")
    var told = "", seconds = 0
    while told.isEmpty, seconds < 60 {
      try stand.comes("x")
      stand.loop.advanceTime(by: .seconds(1))
      seconds += 1
      told = try stand.told()
    }
    #expect(told.contains("head_too_slow"))
    #expect((10...12).contains(seconds))
  }

  @Test("K32: nothing of a body is read for a key that is not known yet, and all of it once it is")
  func unknownKey() throws {
    var limits = ProxyLimits()
    limits.keyPatience = .seconds(60)
    let stand = try Stand(limits)
    let reads = ReadCount()
    try stand.channel.pipeline.syncOperations.addHandler(reads, position: .first)
    try stand.comes(request("POST", key: "evk_new", fields: ["Content-Length: 100000"]))
    let before = reads.count
    for _ in 1...20 { stand.channel.read() }
    #expect(reads.count == before)
    stand.gateway.change { $0.keys["evk_new"] = $0.keys[ProxyWorld.key] }
    stand.loop.advanceTime(by: .seconds(1))
    #expect(reads.count > before)
  }

  @Test("K32: a piece of a body begins no head: a connection rests as long after it as after any other call")
  func restAfterBody() throws {
    let stand = try Stand()
    stand.gateway.change { $0.token = .failure(.temporarily("The token endpoint does not answer.", retryAfter: 7)) }
    try stand.comes(request("POST", fields: ["Content-Length: 10"]))
    for piece in ["first", "later"] {
      stand.loop.advanceTime(by: .seconds(1))
      try stand.comes(piece)
    }
    #expect(try stand.told().contains("token_unavailable"))
    stand.loop.advanceTime(by: .seconds(60))
    #expect(stand.channel.isActive)
    stand.loop.advanceTime(by: .seconds(60))
    #expect(!stand.channel.isActive)
    #expect(try stand.told() == "")
  }

  @Test("what was kept of a body is let go of when its call is answered, though the rest of it is still to come")
  func keptNoLonger() throws {
    let stand = try Stand()
    let connection = try stand.channel.pipeline.syncOperations.handler(type: ClientConnection.self)
    try stand.comes(request("POST", fields: ["Content-Length: 10"]) + "first")
    let exchange = try #require(connection.call)
    #expect(exchange.kept.readableBytes == 5)
    stand.gateway.answer(.failure(.temporarily("The token endpoint does not answer.", retryAfter: 7)))
    stand.loop.run()
    #expect(try stand.told().contains("token_unavailable"))
    #expect(exchange.kept.readableBytes == 0)
  }
}

/// Counts what a channel is asked to read.
private final class ReadCount: ChannelOutboundHandler {
  typealias OutboundIn = NIOAny
  private(set) var count = 0

  func read(context: ChannelHandlerContext) {
    count += 1
    context.read()
  }
}
