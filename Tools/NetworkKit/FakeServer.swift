import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on loopback that reads whole requests and then does what its script says.
package final class FakeServer: Sendable {
  package enum Script: Sendable {
    /// Writes these bytes and keeps the connection.
    case answer(String)
    /// Writes these bytes and closes the connection.
    case answerAndClose(String)
    /// Never answers.
    case stall
  }

  private struct Record {
    var connections = 0
    var requests: [String] = []
    var bytes = 0
  }

  private let record = Mutex(Record())
  private let channel = Mutex<(any Channel)?>(nil)
  private let script: @Sendable (Int, String) -> Script

  package var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
  package var connections: Int { record.withLock { $0.connections } }
  package var requests: [String] { record.withLock { $0.requests } }
  /// All bytes that came, above TLS where there is any.
  package var receivedBytes: Int { record.withLock { $0.bytes } }

  /// - Parameter script: what to do with the request of that number, from 0.
  package static func start(
    tls: NIOSSLContext? = nil, _ script: @escaping @Sendable (Int) -> Script
  ) async throws -> FakeServer {
    try await reading(tls: tls) { number, _ in script(number) }
  }

  /// - Parameter script: what to do with the request of that number and text.
  package static func reading(
    tls: NIOSSLContext? = nil, _ script: @escaping @Sendable (Int, String) -> Script
  ) async throws -> FakeServer {
    let server = FakeServer(script)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          if let tls { try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try child.pipeline.syncOperations.addHandler(Talk(server))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    server.channel.withLock { $0 = channel }
    return server
  }

  private init(_ script: @escaping @Sendable (Int, String) -> Script) { self.script = script }

  package func stop() async { try? await channel.withLock { $0 }?.close() }

  private final class Talk: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let server: FakeServer
    var text = ""

    init(_ server: FakeServer) { self.server = server }

    func channelActive(context: ChannelHandlerContext) { server.record.withLock { $0.connections += 1 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = unwrapInboundIn(data)
      server.record.withLock { $0.bytes += bytes.readableBytes }
      text += String(buffer: bytes)
      guard let end = text.range(of: "\r\n\r\n") else { return }
      let length = text[..<end.lowerBound].split(separator: "\r\n").first {
        $0.lowercased().hasPrefix("content-length:")
      }
      .flatMap { Int($0.dropFirst("content-length:".count).trimmingPrefix(" ")) }
      guard text[end.upperBound...].utf8.count >= length ?? 0 else { return }
      let request = text
      let number = server.record.withLock { record in
        record.requests.append(request)
        return record.requests.count - 1
      }
      text = ""
      switch server.script(number, request) {
      case .answer(let answer): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
      case .answerAndClose(let answer):
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
      case .stall: break
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}

/// An answer as it stands on the wire.
package func wire(_ status: String = "200 OK", _ headers: [String] = [], _ body: String = "") -> String {
  (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
}
