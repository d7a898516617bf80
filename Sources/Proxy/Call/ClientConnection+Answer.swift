import Keeper
import Logging
import NIOCore
import NIOHTTP1

/// The way of an answer, from the upstream back to the job.
extension ClientConnection: UpstreamUser {
  var takesAnswer: Bool { context?.channel.isWritable ?? true }

  func upstreamAnswered(_ head: HTTPResponseHead) {
    guard let exchange else { return }
    if head.status == .unauthorized, exchange.replacement == nil, !exchange.isHead {
      exchange.held = (head, ByteBuffer())
    } else {
      passHead(head, exchange)
    }
  }

  func upstreamAnswered(_ body: ByteBuffer) {
    guard let exchange else { return }
    guard let held = exchange.held else {
      passBody(body, exchange)
      return
    }
    exchange.held?.body.writeImmutableBuffer(body)
    if held.body.readableBytes + body.readableBytes > plane.limits.keptBody { passHeldHead(exchange) }
  }

  func upstreamPaused() {
    if exchange?.answerBegun == true { flush() }
  }

  func upstreamEnded() {
    guard let exchange, let upstream = exchange.upstream else { return }
    exchange.upstream = nil
    upstream.release(requestEnded: exchange.requestEnded)
    if exchange.held != nil { judge(exchange) } else { passEnd(exchange) }
  }

  func upstreamTakesMore() { resumeReading() }

  func upstreamLost(_ loss: UpstreamConnection.Loss) {
    guard let exchange, let upstream = exchange.upstream else { return }
    exchange.upstream = nil
    if exchange.answerBegun {
      cut()
      return
    }
    let nothingCame = exchange.held == nil
    exchange.held = nil
    switch loss {
    case .closed, .outOfTurn:
      // A channel at rest may be given up by the other side just as we write; a repeat must be harmless all the same.
      if nothingCame, upstream.isReused, !exchange.hasReconnected, exchange.onlyReads, exchange.canRepeat {
        exchange.hasReconnected = true
        connect(exchange, fresh: true)
      } else {
        let origin = exchange.originName
        refuse(loss == .closed ? .upstreamClosed(origin) : .upstreamMalformed(origin), exchange)
      }
    case .malformed: refuse(.upstreamMalformed(exchange.originName), exchange)
    }
  }

  func answerIsLate(_ exchange: Call) {
    if exchange.answerBegun {
      cut()
      return
    }
    drop(exchange)
    refuse(.upstreamLate(exchange.originName), exchange)
  }

  func drop(_ exchange: Call) {
    exchange.upstream?.release(requestEnded: false)
    exchange.upstream = nil
    exchange.held = nil
  }

  // MARK: A 401

  /// A whole 401 is here: is the token the trouble, and can the request be sent again? (K23)
  private func judge(_ exchange: Call) {
    guard let held = exchange.held, let route = exchange.route, let token = exchange.token,
      route.isTokenFault(status: 401, body: held.body.readableBytesView)
    else {
      passHeldAnswer(exchange)
      return
    }
    if exchange.isKeptWhole, exchange.isSafe || route.unauthorizedPrecedesProcessing {
      exchange.phase = .replacing
      awaitToken(exchange, replacing: token)
      resumeReading()
    } else {
      // This call cannot be repeated; the next one finds the newer token.
      plane.gateway.token(for: exchange.connection, replacing: token) { _ in }
      passHeldAnswer(exchange)
    }
  }

  /// Passes on a 401 that is here whole.
  func passHeldAnswer(_ exchange: Call) {
    guard passHeldHead(exchange) else { return }
    passEnd(exchange)
  }

  @discardableResult
  private func passHeldHead(_ exchange: Call) -> Bool {
    guard let held = exchange.held else { return false }
    exchange.held = nil
    guard passHead(held.head, exchange) else { return false }
    if held.body.readableBytes > 0 { passBody(held.body, exchange) }
    return true
  }

  // MARK: Passing on

  /// - Returns: false where the head cannot be passed on and the call is answered otherwise.
  @discardableResult
  private func passHead(_ head: HTTPResponseHead, _ exchange: Call) -> Bool {
    guard let context, let route = exchange.route else { return false }
    do throws(Refusal) {
      let fields = try ResponseFields(
        head, toHead: exchange.isHead, route: route, connection: exchange.connection,
        allocator: context.channel.allocator)
      exchange.status = Int(head.status.code)
      exchange.answer = exchange.status
      exchange.answerFraming = fields.framing
      if case .length(let length) = fields.framing { exchange.answerRemaining = length }
      if !exchange.requestEnded || (fields.framing == .chunked && exchange.isHTTP10) { exchange.keepsAlive = false }
      var lines = fields.lines
      if fields.framing == .chunked, !exchange.isHTTP10 { lines.writeStaticString("transfer-encoding: chunked\r\n") }
      if !exchange.keepsAlive || plane.isDraining {
        exchange.keepsAlive = false
        lines.writeStaticString("connection: close\r\n")
      } else if exchange.isHTTP10 {
        lines.writeStaticString("connection: keep-alive\r\n")
      }
      lines.writeStaticString("\r\n")
      write(lines)
      return true
    } catch {
      drop(exchange)
      refuse(error, exchange)
      return false
    }
  }

  private func passBody(_ bytes: ByteBuffer, _ exchange: Call) {
    switch exchange.answerFraming {
    case .none: return
    case .length:
      exchange.answerRemaining -= bytes.readableBytes
      write(bytes)
    case .chunked where exchange.isHTTP10: write(bytes)
    case .chunked:
      guard bytes.readableBytes > 0 else { return }
      var size = ByteBuffer()
      size.writeChunkSize(bytes.readableBytes)
      write(size)
      write(bytes)
      write(ByteBuffer(staticString: "\r\n"))
    }
  }

  private func passEnd(_ exchange: Call) {
    guard exchange.answerRemaining == 0 else {
      cut()
      return
    }
    if exchange.answerFraming == .chunked, !exchange.isHTTP10 { write(ByteBuffer(staticString: "0\r\n\r\n")) }
    ended(exchange)
  }
}
