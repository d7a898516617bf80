import Hummingbird
import NetworkKit
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Sockets
import Testing
import TestKit

@testable import Web

@Suite("The way into a site")
struct DoorTests {
  /// A door in its place, on a loop whose time moves when it is told to.
  private struct Stand {
    let channel = EmbeddedChannel()

    init(_ places: Places = Places(DoorLimits().places), _ limits: DoorLimits = DoorLimits()) throws {
      let door = Door(limits, places)
      try channel.pipeline.syncOperations.addHandlers([
        HalfClosing(), DoorBell(door), HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), door,
      ])
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    func comes(_ text: String) throws {
      // What the socket does before and after each reading.
      channel.pipeline.read()
      if channel.isActive { try channel.writeInbound(ByteBuffer(string: text)) }
      channel.pipeline.read()
    }

    func wait(_ seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

    func told() throws -> String {
      var text = ""
      while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
      return text
    }

    func answer() throws {
      let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
      try channel.writeOutbound(HTTPServerResponsePart.head(head))
      try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }
  }

  @Test(
    "K32: a head has ten seconds, on a new connection and on one that has served, however it trickles",
    arguments: [false, true])
  func slowHead(hasServed: Bool) throws {
    let stand = try Stand()
    if hasServed {
      try stand.comes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      try stand.answer()
      #expect(try stand.told().hasPrefix("HTTP/1.1 200"))
      stand.wait(60)
      #expect(stand.channel.isActive, "a connection at rest may rest")
    }
    var seconds = 0
    try stand.comes("GET / HTTP/1.1\r\nX: ")
    while stand.channel.isActive, seconds < 60 {
      try stand.comes("x")
      stand.wait(1)
      seconds += 1
    }
    #expect((10...12).contains(seconds))
    #expect(try stand.told().hasPrefix("HTTP/1.1 408"))
  }

  @Test("K32: who connects and says nothing has ten seconds")
  func silent() throws {
    let stand = try Stand()
    stand.wait(9)
    #expect(stand.channel.isActive)
    stand.wait(3)
    #expect(!stand.channel.isActive)
  }

  @Test("K32: a body has to keep the least rate, and one that does may take long")
  func bodies() throws {
    for (piece, isHeard) in [(100, false), (1024, true)] {
      let stand = try Stand()
      try stand.comes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
      for _ in 1...60 {
        try stand.comes(String(repeating: "x", count: piece))
        stand.wait(1)
      }
      #expect(stand.channel.isActive == isHeard)
    }
  }

  @Test(
    "K32: after its last answer a connection is read for a few seconds more, however much still comes",
    arguments: ["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n"])
  func afterTheLast(head: String) throws {
    let stand = try Stand()
    try stand.comes("\(head)Host: x\r\nConnection: close\r\n\r\n")
    try stand.answer()
    #expect(try stand.told().hasPrefix("HTTP/1.1 200"))
    #expect(stand.channel.isActive)
    var seconds = 0
    while stand.channel.isActive, seconds < 60 {
      // Behind the last request nothing is one.
      try? stand.comes(String(repeating: "x", count: 2000))
      stand.wait(1)
      seconds += 1
    }
    #expect((2...5).contains(seconds))
  }

  @Test("K32: a request that was answered before all of it came gets no second answer, whatever becomes of the rest")
  func answeredEarly() throws {
    let post = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
    for isBroken in [true, false] {
      let stand = try Stand()
      try stand.comes(post)
      try stand.answer()
      #expect(try stand.told().hasPrefix("HTTP/1.1 200"))
      if isBroken {
        // No size of a chunk, of which the server would say what it thinks.
        try? stand.comes("zz\r\n")
        try? stand.answer()
      }
      var seconds = 0
      while stand.channel.isActive, seconds < 60 {
        stand.wait(1)
        seconds += 1
      }
      #expect(isBroken ? (2...5).contains(seconds) : (9...15).contains(seconds))
      #expect(try stand.told().isEmpty, "broken: \(isBroken)")
    }

    // Where the rest does come, the connection goes on, and its place is as loose as any other's.
    let places = Places(Places.Limits(all: 1, loose: 1, looseOfAddress: 1, ofHolder: 1))
    let stand = try Stand(places)
    try stand.comes(post)
    try stand.answer()
    try stand.comes("0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
    try stand.answer()
    #expect(try stand.told().components(separatedBy: "HTTP/1.1 200").count == 3)
    let next = try Stand(places)
    #expect(next.channel.isActive && !stand.channel.isActive)
  }

  @Test("K32: a request that is worked on keeps its place, and before and after it the place is loose")
  func places() throws {
    let places = Places(Places.Limits(all: 2, loose: 2, looseOfAddress: 2, ofHolder: 2))
    let working = try Stand(places), silent = try Stand(places)
    try working.comes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    let third = try Stand(places)
    #expect(working.channel.isActive && !silent.channel.isActive)
    try third.comes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    let late = try Stand(places)
    #expect(try late.told().hasPrefix("HTTP/1.1 503"))
    #expect(!late.channel.isActive && working.channel.isActive && third.channel.isActive)
    try working.answer()
    let next = try Stand(places)
    #expect(next.channel.isActive && !working.channel.isActive)
  }

  @Test("a body that is sent when it is asked for is asked for at once, and not in the middle of another answer")
  func bodyThatWaits() throws {
    let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n"
    let asked = "HTTP/1.1 100 Continue\r\n\r\n"
    let stand = try Stand()
    try stand.comes(post)
    #expect(try stand.told() == asked)
    try stand.comes("ab")
    try stand.answer()
    #expect(try stand.told().hasPrefix("HTTP/1.1 200"))
    try stand.comes("GET / HTTP/1.1\r\nHost: x\r\n\r\n" + post)
    #expect(try stand.told().isEmpty)
    try stand.answer()
    let both = try stand.told()
    #expect(both.hasPrefix("HTTP/1.1 200") && both.hasSuffix(asked))
    try stand.comes("ab")
    try stand.answer()
    #expect(try stand.told().hasPrefix("HTTP/1.1 200"))
    #expect(stand.channel.isActive)

    for other in [
      post + "ab", "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + post + "ab", post.replacing("1.1", with: "1.0"),
      post.replacing("100-Continue", with: "more"),
    ] {
      let stand = try Stand()
      try stand.comes(other)
      let told = try stand.told()
      #expect(told.isEmpty || (other == post + "ab" && told == asked), "\(other)")
    }
  }

  @Test("a connection ends with the answer to a request that is its last, and goes on after any other")
  func lastRequest() async throws {
    try await serving { port in
      let close = "Connection: close\r\n"
      for (head, fields) in [
        ("HTTP/1.0", ""), ("HTTP/1.0", close), ("HTTP/1.1", close), ("HTTP/1.1", "Connection: Close\r\n"),
        ("HTTP/1.1", "Connection: TE, close\r\n"),
      ] {
        let client = try await RawClient.connect(port: port)
        try await client.send("GET /hello \(head)\r\nHost: x\r\n\(fields)\r\n")
        let answer = try #require(try await client.onlyAnswer(), "\(head) \(fields)")
        #expect(answer.status == 200 && answer.body == "hello" && answer[header: "Connection"] == "close")
        client.close()
      }
      for (head, fields) in [("HTTP/1.1", ""), ("HTTP/1.0", "Connection: keep-alive\r\n")] {
        let client = try await RawClient.connect(port: port)
        for _ in 1...3 {
          try await client.send("GET /hello \(head)\r\nHost: x\r\n\(fields)\r\n")
          let answer = try await client.answer()
          #expect(answer.status == 200 && answer[header: "Connection"] == nil, "\(head)")
        }
        client.close()
      }
    }
  }

  @Test("K32: behind an answer that came early a broken body gets no answer of its own, and its connection ends")
  func brokenBody() async throws {
    try await serving { port in
      let head = "POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
      let client = try await RawClient.connect(port: port)
      try await client.send(head)
      #expect(try await client.answer().body == "hello")
      try await client.send("zz\r\n")
      #expect(try await client.rest() == "")
      client.close()

      let hasty = try await RawClient.connect(port: port)
      try await hasty.send(head + "zz\r\n")
      #expect(try await hasty.onlyAnswer() != nil)
      hasty.close()
    }
  }

  @Test(
    "a request that asks for another protocol is the last of its connection",
    arguments: [
      "CONNECT shop.example:443 HTTP/1.1\r\n", "GET /hello HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
    ])
  func otherProtocol(head: String) async throws {
    try await serving { port in
      let client = try await RawClient.connect(port: port)
      try await client.send("\(head)Host: x\r\n\r\n")
      let answer = try #require(try await client.onlyAnswer())
      #expect(answer[header: "Connection"] == "close")
      client.close()
    }
  }

  /// A site that says hello.
  private func serving(_ limits: DoorLimits = DoorLimits(), _ act: (_ port: Int) async throws -> Void) async throws {
    let router = Router(context: SiteContext.self)
    router.get("/hello") { _, _ in "hello" }
    router.post("/hello") { _, _ in "hello" }
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let server = SiteServer(
      name: "test", address: ListenAddress(port: 0), responder: router.buildResponder(), limits: limits,
      logger: .silent,
      onRunning: { running.yield($0) })
    try await Serving.run(server) {
      guard let port = await ports.first(where: { _ in true }) else { return }
      try await act(port)
    }
  }

  @Test("K32: whoever opens many connections and says nothing on them shuts out nobody")
  func flood() async throws {
    var limits = DoorLimits()
    limits.places.all = 8
    try await serving(limits) { port in
      var strangers: [RawClient] = []
      for _ in 0..<40 {
        let stranger = try await RawClient.connect(port: port)
        try? await stranger.send("GET / HTTP/1.1\r\nX: ")
        strangers.append(stranger)
      }
      for _ in 1...3 {
        let answer = try await RawClient.call("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", port: port)
        #expect(answer.status == 200 && answer.body == "hello")
      }
      for stranger in strangers { stranger.close() }
    }
  }
}

/// Lets a channel end its own side alone, as a socket does: one that is embedded would end whole.
private final class HalfClosing: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .output { promise?.succeed() } else { context.close(mode: mode, promise: promise) }
  }
}
