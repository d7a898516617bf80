import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOTLS
import Synchronization
import Testing
import Wire

@testable import Outbound

struct ExchangeHandlerTests {
  @Test(
    "K9, K12: nothing of a request is written before TLS stands, and whether it is late is asked then",
    arguments: [false, true])
  func beforeTLS(isLate: Bool) throws {
    let asked = Mutex(0)
    let channel = EmbeddedChannel()
    let handshake = Handshake(on: channel.eventLoop)
    try channel.pipeline.syncOperations.addHandlers(handshake, ExchangeHandler())
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 443)).wait()
    let exchange = Exchange(
      request: OutboundRequest(
        "POST", try #require(OutboundURL("https://api.example.org/token")), body: [1]), deadline: .distantFuture,
      bodyLimit: 1024, keptFor: nil,
      lateness: {
        asked.withLock { $0 += 1 }
        return isLate ? "this machine was asleep" : nil
      }, answer: channel.eventLoop.makePromise())
    handshake.stands(by: .distantFuture, on: channel).whenSuccess { channel.writeAndFlush(exchange, promise: nil) }
    #expect(try channel.readOutbound(as: HTTPClientRequestPart.self) == nil)
    #expect(asked.withLock(\.self) == 0)

    channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
    #expect(asked.withLock(\.self) == 1)
    #expect((try channel.readOutbound(as: HTTPClientRequestPart.self) == nil) == isLate)
    _ = try? channel.finish()
  }
}
