import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A socket that sends exactly the bytes it is given.
final class RawClient: Sendable {
  private let channel: any Channel
  private let inbox: Inbox

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  /// - Parameter autoRead: false leaves what comes in the socket until `readOn()`.
  /// - Parameter tls: what is believed of a server that calls itself localhost; nil connects in plain.
  static func connect(port: Int, autoRead: Bool = true, tls: NIOSSLContext? = nil) async throws -> RawClient {
    let inbox = Inbox()
    let channel = try await ClientBootstrap(group: ProxyWorld.group)
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
      .connect(host: "127.0.0.1", port: port).get()
    return RawClient(channel: channel, inbox: inbox)
  }

  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

  /// Sends what may never be taken.
  func offer(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

  func readOn() async throws {
    try await channel.setOption(.autoRead, value: true).get()
    channel.read()
  }

  func close() { channel.close(promise: nil) }

  /// The next whole answer; taken off what has come.
  ///
  /// - Throws: `Broken`, if the connection ends before.
  func answer(toHead: Bool = false) async throws -> Answer {
    try await inbox.take { bytes, isClosed in Answer.take(from: &bytes, toHead: toHead, isClosed: isClosed) }
  }

  /// Waits until the bytes not taken yet hold `text`.
  func sees(_ text: String) async throws {
    try await inbox.take { bytes, _ in String(decoding: bytes, as: UTF8.self).contains(text) ? () : nil }
  }

  /// Everything up to the end of the connection.
  func rest() async throws -> String {
    try await inbox.take { bytes, isClosed in isClosed ? String(decoding: bytes, as: UTF8.self) : nil }
  }

  struct Broken: Error { var sofar: String }
}

/// What has come in, and who waits for more of it.
final class Inbox: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isClosed = false
    var waiters: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())

  func add(_ bytes: some Sequence<UInt8> & Sendable) {
    wake { $0.bytes += bytes }
  }

  func close() { wake { $0.isClosed = true } }

  private func wake(_ change: (inout State) -> Void) {
    let waiters = state.withLock { state in
      change(&state)
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter() }
  }

  /// Waits until `attempt` finds what it looks for.
  func take<Found: Sendable>(_ attempt: @Sendable (inout [UInt8], Bool) -> Found?) async throws -> Found {
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

/// An answer as it stood on the wire.
struct Answer: Sendable, Equatable {
  var status: Int
  var fields: [String: String]
  var body: String

  /// Cuts the first whole answer off, or leaves everything as it is.
  static func take(from bytes: inout [UInt8], toHead: Bool, isClosed: Bool) -> Answer? {
    let end: [UInt8] = [13, 10, 13, 10]
    guard let split = bytes.firstRange(of: end) else { return nil }
    let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard let name = parts.first, let value = parts.last else { return nil }
      fields[name.lowercased()] = String(value.drop { $0 == " " })
    }
    var rest = bytes[split.upperBound...]
    var body: [UInt8] = []
    if toHead || status == 204 || status == 304 || status < 200 {
    } else if fields["transfer-encoding"] == "chunked" {
      while true {
        guard let line = rest.firstRange(of: [13, 10]),
          let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16),
          rest[line.upperBound...].count >= size + 2
        else { return nil }
        body += rest[line.upperBound...].prefix(size)
        rest = rest[line.upperBound...].dropFirst(size + 2)
        if size == 0 { break }
      }
    } else if let length = fields["content-length"].flatMap({ Int($0) }) {
      guard rest.count >= length else { return nil }
      body = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
    } else {
      guard isClosed else { return nil }
      body = Array(rest)
      rest = []
    }
    bytes = Array(rest)
    return Answer(status: status, fields: fields, body: String(decoding: body, as: UTF8.self))
  }
}
