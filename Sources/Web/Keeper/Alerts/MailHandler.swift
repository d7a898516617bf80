import Keeper
import NIOCore
import OAuth
import Operator
import Outbound

/// Performs what a ``MailSession`` says, over one connection and until one deadline.
final class MailHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// The longest line of a reply, and the most lines (RFC 5321 section 4.5.3.1.5 asks for 512 bytes).
  private static let longest = 2048
  private static let mostLines = 100

  private let settings: MailSettings
  private let password: Secret?
  private let message: MailMessage
  private let tls: ClientTLS
  private let deadline: NIODeadline
  private let taken: EventLoopPromise<[String]>
  private var session: MailSession?
  private var buffer = ByteBuffer()
  private var reply: MailReply?
  private var timer: Scheduled<Void>?

  /// - Parameter taken: gets the recipients that were refused once the server has the mail.
  init(
    _ settings: MailSettings, password: Secret?, message: MailMessage, tls: ClientTLS, deadline: NIODeadline,
    taken: EventLoopPromise<[String]>
  ) {
    self.settings = settings
    self.password = password
    self.message = message
    self.tls = tls
    self.deadline = deadline
    self.taken = taken
  }

  func channelActive(context: ChannelHandlerContext) {
    session = MailSession(settings, password: password, name: Self.literal(context.localAddress))
    setTimer(context)
    context.fireChannelActive()
  }

  private func setTimer(_ context: ChannelHandlerContext) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
      bound.value.0.fail(AlertFailure("\(bound.value.0.settings.host) did not take the mail in time."), bound.value.1)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    buffer.writeBuffer(&bytes)
    do throws(AlertFailure) {
      while let reply = try nextReply() { try take(reply, context) }
    } catch {
      fail(error, context)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(AlertFailure("\(settings.host): \(Self.reason(error))."), context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(AlertFailure("\(settings.host) closed the connection before it took the mail."), context)
    context.fireChannelInactive()
  }

  private func nextReply() throws(AlertFailure) -> MailReply? {
    while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
      var line = buffer.readString(length: end - buffer.readerIndex) ?? ""
      buffer.moveReaderIndex(forwardBy: 1)
      if line.hasSuffix("\r") { line.removeLast() }
      let rest = line.dropFirst(3)
      guard line.utf8.count <= Self.longest, let code = Int(line.prefix(3)), (200...599).contains(code),
        reply.map({ $0.code == code && $0.lines.count < Self.mostLines }) ?? true,
        rest.first == nil || "- ".contains(rest.prefix(1))
      else { throw AlertFailure("\(settings.host) does not speak SMTP.") }
      var whole = reply ?? MailReply(code: code, lines: [])
      whole.lines.append(String(rest.dropFirst()))
      reply = rest.first == "-" ? whole : nil
      if reply == nil { return whole }
    }
    guard buffer.readableBytes <= Self.longest else { throw AlertFailure("\(settings.host) does not speak SMTP.") }
    return nil
  }

  private func take(_ reply: MailReply, _ context: ChannelHandlerContext) throws(AlertFailure) {
    if session?.isStartingTLS == true, buffer.readableBytes > 0 {
      throw AlertFailure("\(settings.host) sent more than it may before TLS: somebody may be between.")
    }
    guard let action = try session?.take(reply) else { return }
    perform(action, context)
  }

  private func perform(_ action: MailSession.Action, _ context: ChannelHandlerContext) {
    switch action {
    case .send(let line): write(line + "\r\n", context)
    case .sendMessage: write(message.wire, context)
    case .secure: secure(context)
    case .done:
      timer?.cancel()
      taken.succeed(session?.refused ?? [])
      write("QUIT\r\n", context)
      context.close(promise: nil)
    }
  }

  private func secure(_ context: ChannelHandlerContext) {
    // What is late from here on is TLS.
    timer?.cancel()
    tls.secure(context.channel, to: settings.host, by: deadline).assumeIsolated().whenComplete { result in
      switch result {
      case .success:
        self.setTimer(context)
        if let action = self.session?.secured() { self.perform(action, context) }
      case .failure(let failure): self.fail(AlertFailure("\(self.settings.host): \(failure)."), context)
      }
    }
  }

  private func write(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
  }

  private func fail(_ failure: AlertFailure, _ context: ChannelHandlerContext) {
    timer?.cancel()
    taken.fail(failure)
    context.close(promise: nil)
  }

  private static func reason(_ error: any Error) -> String {
    TLSFault(error)?.description ?? (error as? IOError)?.description ?? "the connection failed"
  }

  private static func literal(_ address: SocketAddress?) -> String {
    switch address {
    case .v4: "[\(address?.ipAddress ?? "127.0.0.1")]"
    case .v6: "[IPv6:\(address?.ipAddress ?? "::1")]"
    default: "[127.0.0.1]"
    }
  }
}
