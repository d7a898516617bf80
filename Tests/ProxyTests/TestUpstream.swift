import NetworkKit
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Wire

/// A request as the upstream saw it.
struct Seen: Sendable, Equatable {
  /// Counted from 1.
  var number: Int
  /// Which of the upstream's connections it came on, counted from 1.
  var connection: Int
  var method: String
  var target: String
  var fields: [String: [String]]
  var body: String

  func field(_ name: String) -> String? { fields[name]?.joined(separator: ", ") }
}

/// An API on loopback, whose answers are bytes that the test writes.
final class TestUpstream: Sendable {
  enum Reply: Sendable {
    /// These bytes, as they are.
    case raw(String)
    /// These bytes, then the connection ends.
    case last(String)
    /// The same, as soon as the head is here.
    case nothing
    case end
    /// These bytes, and after so many milliseconds, or in the next segment, those.
    case split(String, String, after: Int64)

    static let ok = Reply.json(200, #"{"ok":true}"#)
    static func json(_ status: Int, _ body: String, fields: [String] = []) -> Reply {
      .raw(
        (["HTTP/1.1 \(status) Whatever", "content-type: application/json", "content-length: \(body.utf8.count)"]
          + fields)
          .joined(separator: "\r\n") + "\r\n\r\n" + body)
    }
    static let tokenFault = Reply.json(
      401, #"{"fault":{"detail":{"errorcode":"keymanagement.service.invalid_access_token"}}}"#)
  }

  struct State {
    var seen: [Seen] = []
    var connections = 0
    var open: [any Channel] = []
  }

  let state = Mutex(State())
  private let reply: @Sendable (Seen) -> Reply
  private let listener = Mutex<(any Channel)?>(nil)
  private let arrivals = Inbox()

  private init(reply: @escaping @Sendable (Seen) -> Reply) { self.reply = reply }

  static func start(tls: NIOSSLContext?, reply: @escaping @Sendable (Seen) -> Reply) async throws -> TestUpstream {
    let upstream = TestUpstream(reply: reply)
    let channel = try await ServerBootstrap(group: ProxyWorld.group)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
          try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
          try pipeline.addHandler(UpstreamHandler(upstream))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    upstream.listener.withLock { $0 = channel }
    return upstream
  }

  var port: Int { listener.withLock { $0?.localAddress?.port ?? 0 } }
  var seen: [Seen] { state.withLock { $0.seen } }
  var connections: Int { state.withLock { $0.connections } }
  var openConnections: Int { state.withLock { $0.open.count } }

  /// Waits until so many requests have been seen whole.
  func sees(_ count: Int) async throws {
    try await arrivals.take { bytes, _ in bytes.count { $0 == 1 } >= count ? () : nil }
  }

  /// Waits until so many heads have come.
  func hears(_ count: Int) async throws {
    try await arrivals.take { bytes, _ in bytes.count { $0 == 3 } >= count ? () : nil }
  }

  /// Waits until so many connections have ended.
  func loses(_ count: Int) async throws {
    try await arrivals.take { bytes, _ in bytes.count { $0 == 2 } >= count ? () : nil }
  }

  /// Writes on the connection opened last, or on another of those that are open, counted from 1.
  func push(_ text: String, on number: Int? = nil) async throws {
    let channel = state.withLock { state in number.map { state.open[$0 - 1] } ?? state.open.last }
    try await channel?.writeAndFlush(ByteBuffer(string: text))
  }

  /// Ends every connection, as a server that was restarted does.
  func hangUp() async throws {
    for channel in state.withLock({ $0.open }) { try await channel.close() }
  }

  func stop() async {
    try? await listener.withLock { $0 }?.close()
    try? await hangUp()
  }

  fileprivate func opened(_ channel: any Channel) -> Int {
    state.withLock { state in
      state.connections += 1
      state.open.append(channel)
      return state.connections
    }
  }

  fileprivate func closed(_ channel: any Channel) {
    state.withLock { state in state.open.removeAll { $0 === channel } }
    arrivals.add([2])
  }

  fileprivate func heard() { arrivals.add([3]) }

  fileprivate func answer(_ seen: Seen) -> Reply {
    let seen = state.withLock { state in
      var seen = seen
      seen.number = state.seen.count + 1
      state.seen.append(seen)
      return seen
    }
    let reply = reply(seen)
    arrivals.add([1])
    return reply
  }
}

private final class UpstreamHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer
  private let upstream: TestUpstream
  private var connection = 0
  private var seen: Seen?

  init(_ upstream: TestUpstream) { self.upstream = upstream }

  func channelActive(context: ChannelHandlerContext) { connection = upstream.opened(context.channel) }
  func channelInactive(context: ChannelHandlerContext) { upstream.closed(context.channel) }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      var fields: [String: [String]] = [:]
      for (name, value) in head.headers { fields[name.lowercased(), default: []].append(value) }
      seen = Seen(
        number: 0, connection: connection, method: head.method.rawValue, target: head.uri, fields: fields, body: "")
      upstream.heard()
    case .body(let bytes): seen?.body += String(buffer: bytes)
    case .end:
      guard let seen else { return }
      switch upstream.answer(seen) {
      case .raw(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
      case .last(let text):
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.value.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in
          context.value.close(promise: nil)
        }
      case .split(let first, let second, let milliseconds):
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: first)), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
          bound.value.writeAndFlush(NIOAny(ByteBuffer(string: second)), promise: nil)
        }
      case .nothing: return
      case .end: context.close(promise: nil)
      }
    }
  }
}
