import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A mail server on loopback that takes mail as its manner says, and remembers every line.
final class FakeMailServer: Sendable {
  struct Manner: Sendable {
    /// What it can do TLS with; without it STARTTLS is not offered.
    var tls: NIOSSLContext?
    /// TLS from the first byte.
    var isImplicit = false
    /// Ends the connection with the first bytes of TLS after STARTTLS.
    var hangsUpAtTLS = false
    /// What is sent right behind the answer to STARTTLS, in plain text.
    var injected = ""
    var offers = ["AUTH LOGIN PLAIN", "8BITMIME"]
    /// Replies in place of its own, by the first word of the line; `.` is the end of the mail, `` the greeting.
    var replies: [String: String] = [:]
  }

  private struct Record {
    var lines: [String] = []
    var mails: [String] = []
  }

  private let manner: Manner
  private let record = Mutex(Record())
  private let channel = Mutex<(any Channel)?>(nil)

  var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
  /// Each line that came before or between mails, with `tls ` before those that came over TLS.
  var lines: [String] { record.withLock { $0.lines } }
  /// Each mail as it came, dots doubled.
  var mails: [String] { record.withLock { $0.mails } }

  static func start(_ manner: Manner = Manner()) async throws -> FakeMailServer {
    let server = FakeMailServer(manner)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { child in
        child.eventLoop.makeCompletedFuture {
          if manner.isImplicit, let tls = manner.tls {
            try child.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
          }
          try child.pipeline.syncOperations.addHandler(Talk(server, isSecure: manner.isImplicit))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    server.channel.withLock { $0 = channel }
    return server
  }

  private init(_ manner: Manner) { self.manner = manner }

  private final class Talk: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let server: FakeMailServer
    var isSecure: Bool
    var text = ""
    var isMail = false

    init(_ server: FakeMailServer, isSecure: Bool) {
      self.server = server
      self.isSecure = isSecure
    }

    func channelActive(context: ChannelHandlerContext) { say(server.manner.replies[""] ?? "220 fake ESMTP", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard !isSecure || !server.manner.hangsUpAtTLS else { return context.close(promise: nil) }
      text += String(buffer: unwrapInboundIn(data))
      while true {
        if isMail {
          guard let end = text.range(of: "\r\n.\r\n") else { return }
          let mail = text[..<end.lowerBound] + "\r\n"
          server.record.withLock { $0.mails.append(String(mail)) }
          text.removeSubrange(..<end.upperBound)
          isMail = false
          say(server.manner.replies["."] ?? "250 2.0.0 taken", context)
        } else {
          guard let end = text.range(of: "\r\n") else { return }
          let line = String(text[..<end.lowerBound])
          text.removeSubrange(..<end.upperBound)
          server.record.withLock { $0.lines.append((isSecure ? "tls " : "") + line) }
          answer(line, context)
        }
      }
    }

    private func answer(_ line: String, _ context: ChannelHandlerContext) {
      let manner = server.manner
      let verb = line.split(separator: " ").first.map(String.init) ?? ""
      if let reply = manner.replies[line] ?? manner.replies[verb] { return say(reply, context) }
      switch verb {
      case "EHLO":
        let offers = (manner.tls != nil && !isSecure ? ["STARTTLS"] : []) + manner.offers
        say(
          (["fake"] + offers).enumerated().map { "250\($0 == offers.count ? " " : "-")\($1)" }.joined(
            separator: "\r\n"), context)
      case "STARTTLS":
        guard let tls = manner.tls else { return say("502 no", context) }
        say("220 go ahead" + (manner.injected.isEmpty ? "" : "\r\n" + manner.injected), context)
        isSecure = true
        guard !manner.hangsUpAtTLS else { return }
        try? context.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls), position: .first)
      case "AUTH": say("235 2.7.0 welcome", context)
      case "DATA":
        isMail = true
        say("354 go on", context)
      case "QUIT":
        say("221 bye", context)
        context.close(promise: nil)
      default: say("250 fine", context)
      }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
