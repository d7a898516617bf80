import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TestKit

/// A socket that sends exactly the bytes it is given.
package final class RawClient: Sendable {
  private let channel: any Channel
  private let inbox: Inbox

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  /// - Parameter autoRead: false leaves what comes in the socket until `readOn()`.
  /// - Parameter tls: what is believed of a server that calls itself localhost; nil connects in plain.
  package static func connect(
    host: String = "127.0.0.1", port: Int, autoRead: Bool = true, tls: NIOSSLContext? = nil
  ) async throws -> RawClient {
    let inbox = Inbox()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.autoRead, value: autoRead)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            let handler = try NIOSSLClientHandler(context: tls, serverHostname: "localhost")
            try channel.pipeline.syncOperations.addHandler(handler)
          }
          try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
        }
      }
      .connect(host: host, port: port).get()
    let limit = channel.eventLoop.scheduleTask(in: TimeAmount(farOff)) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in limit.cancel() }
    return RawClient(channel: channel, inbox: inbox)
  }

  /// Sends one request on a connection of its own and takes the answer.
  package static func call(_ request: String, port: Int, toHead: Bool = false) async throws -> RawAnswer {
    let client = try await connect(port: port)
    defer { client.close() }
    // Where the server has already ended the connection, its answer tells more than the failed write.
    try? await client.send(request)
    return try await client.answer(toHead: toHead)
  }

  package func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

  /// Sends what may never be taken.
  package func offer(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  package func readOn() async throws {
    try await channel.setOption(.autoRead, value: true).get()
    channel.read()
  }

  package func close() { channel.close(promise: nil) }

  /// The next whole answer; taken off what has come.
  ///
  /// - Throws: `Broken`, if the connection ends before.
  package func answer(toHead: Bool = false) async throws -> RawAnswer {
    try await inbox.take { bytes, isClosed in RawAnswer.take(from: &bytes, toHead: toHead, isClosed: isClosed) }
  }

  /// The one answer of a connection, after its end; nil where it is not whole, or something stands behind it.
  package func onlyAnswer(toHead: Bool = false) async throws -> RawAnswer? {
    var bytes = try await inbox.take { bytes, isClosed in isClosed ? bytes : nil }
    let answer = RawAnswer.take(from: &bytes, toHead: toHead, isClosed: true)
    return bytes.isEmpty ? answer : nil
  }

  /// Waits until the bytes not taken yet hold `text`.
  package func sees(_ text: String) async throws {
    try await inbox.take { bytes, _ in String(decoding: bytes, as: UTF8.self).contains(text) ? () : nil }
  }

  /// Everything up to the end of the connection.
  package func rest() async throws -> String {
    try await inbox.take { bytes, isClosed in isClosed ? String(decoding: bytes, as: UTF8.self) : nil }
  }

  package struct Broken: Error { package var sofar: String }
}

/// What has come in, and who waits for more of it.
package final class Inbox: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isClosed = false
    var waiters: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func add(_ bytes: some Sequence<UInt8> & Sendable) {
    wake { $0.bytes += bytes }
  }

  package func close() { wake { $0.isClosed = true } }

  private func wake(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter() }
  }

  /// Waits until `attempt` finds what it looks for.
  package func take<Found: Sendable>(_ attempt: @Sendable (inout [UInt8], Bool) -> Found?) async throws -> Found {
    while true {
      let (found, seen, isClosed) = state.withLock { state in
        let isClosed = state.isClosed
        let found = attempt(&state.bytes, isClosed)
        return (found, state.bytes.count, isClosed)
      }
      if let found { return found }
      if isClosed {
        throw RawClient.Broken(sofar: state.withLock { String(decoding: $0.bytes.prefix(400), as: UTF8.self) })
      }
      await withCheckedContinuation { continuation in
        let isNew = state.withLock { state in
          if state.bytes.count != seen || state.isClosed { return true }
          state.waiters.append { continuation.resume() }
          return false
        }
        if isNew { continuation.resume() }
      }
    }
  }
}

private final class InboxHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let inbox: Inbox

  init(_ inbox: Inbox) { self.inbox = inbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    inbox.add(Array(unwrapInboundIn(data).readableBytesView))
  }
  func channelInactive(context: ChannelHandlerContext) { inbox.close() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
