import NIOCore
import NIOHTTP1
import OAuth
import TestKit
import Wire

/// Reads requests from one connection: to the token endpoint, or calls of the API.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = ByteBuffer

  private let reception: Reception
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var exchange: TokenExchange?

  init(_ reception: Reception) { self.reception = reception }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.clear()
    case .body(var part): body.writeBuffer(&part)
    case .end:
      guard let head else { return }
      self.head = nil
      if head.method == .POST, head.uri == "/oauth/token" {
        let exchange = TokenExchange(
          ModelRequest(body: String(buffer: body), authorization: head.headers.first(name: "Authorization")),
          reception: reception,
          channel: context.channel)
        self.exchange = exchange
        exchange.begin()
      } else {
        let answer = call(head)
        let isLast = !head.isKeepAlive
        let bytes = Wire.bytes(answer, closing: isLast)
        let written = context.writeAndFlush(wrapOutboundOut(bytes))
        if isLast {
          let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
          written.whenComplete { _ in bound.value.close(promise: nil) }
        }
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    exchange?.end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// A small API: whoever has a live access token is told who approved, or that all is well.
  private func call(_ head: HTTPRequestHead) -> ModelAnswer {
    let credential = head.headers.first(name: "Authorization") ?? ""
    let token = Secret(AuthScheme.bearer.word(in: credential) ?? "")
    let isAdmitted = reception.model.use(token, at: reception.clock.now())
    reception.note(admitted: isAdmitted)
    guard isAdmitted else {
      return ModelAnswer(401, #"{"fault":{"detail":{"errorcode":"keymanagement.service.invalid_access_token"}}}"#)
    }
    return head.uri.contains("userinfo")
      ? ModelAnswer(200, #"{"sub":"ann","email":"ann@acme.example"}"#) : ModelAnswer(200, #"{"ok":true}"#)
  }
}

/// Answers as they stand on the wire.
enum Wire {
  static func bytes(_ answer: ModelAnswer, closing: Bool) -> ByteBuffer {
    let fields =
      answer.headers.map { "\($0.name): \($0.value)" } + ["Content-Length: \(answer.body.utf8.count)"]
      + (closing ? ["Connection: close"] : [])
    return ByteBuffer(
      string: "HTTP/1.1 \(answer.status) Whatever\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n\(answer.body)")
  }
}
