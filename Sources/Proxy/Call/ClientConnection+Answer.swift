import Keeper
import Logging
import NIOCore
import NIOHTTP1

/// The way of an answer, from the upstream back to the job.
extension ClientConnection: UpstreamUser {
  var takesAnswer: Bool { context?.channel.isWritable ?? true }

  func upstreamAnswered(_ head: HTTPResponseHead) {
    guard let call else { return }
    if head.status == .unauthorized, call.replacement == nil, !call.isHead {
      call.held = (head, ByteBuffer())
    } else {
      passHead(head, call)
    }
  }

  func upstreamAnswered(_ body: ByteBuffer) {
    guard let call else { return }
    guard let held = call.held else {
      passBody(body, call)
      return
    }
    call.held?.body.writeImmutableBuffer(body)
    if held.body.readableBytes + body.readableBytes > plane.limits.keptBody { passHeldHead(call) }
  }

  func upstreamPaused() {
    if call?.answerBegun == true { flush() }
  }

  func upstreamEnded() {
    guard let call, let upstream = call.upstream else { return }
    call.upstream = nil
    upstream.release(requestEnded: call.requestEnded)
    if call.held != nil { judge(call) } else { passEnd(call) }
  }

  func upstreamTakesMore() { resumeReading() }

  func upstreamLost(_ end: UpstreamConnection.EarlyEnd) {
    guard let call, let upstream = call.upstream else { return }
    call.upstream = nil
    if call.answerBegun {
      cut()
      return
    }
    let nothingCame = call.held == nil
    call.held = nil
    switch end {
    case .closed, .outOfTurn:
      // The other side may give up a channel at rest just as we write. The request is repeated only if that is harmless.
      if nothingCame, upstream.isReused, !call.hasReconnected, call.onlyReads, call.canRepeat {
        call.hasReconnected = true
        connect(call, fresh: true)
      } else {
        let origin = call.originName
        refuse(end == .closed ? .upstreamClosed(origin) : .upstreamMalformed(origin), call)
      }
    case .malformed: refuse(.upstreamMalformed(call.originName), call)
    }
  }

  func answerIsLate(_ call: Call) {
    if call.answerBegun {
      cut()
      return
    }
    drop(call)
    refuse(.upstreamLate(call.originName), call)
  }

  func drop(_ call: Call) {
    call.upstream?.release(requestEnded: false)
    call.upstream = nil
    call.held = nil
  }

  // MARK: A 401

  /// Judges a 401 that is here whole: whether the token is to blame, and whether the request can be sent again (K23).
  private func judge(_ call: Call) {
    guard let held = call.held, let route = call.route, let token = call.token,
      route.isTokenFault(status: 401, body: held.body.readableBytesView)
    else {
      passHeldAnswer(call)
      return
    }
    if call.isKeptWhole, call.isSafe || route.unauthorizedPrecedesProcessing {
      call.phase = .replacing
      awaitToken(call, replacing: token)
      resumeReading()
    } else {
      // This call cannot be repeated; the next one finds the newer token.
      plane.gateway.token(for: call.connection, replacing: token) { _ in }
      passHeldAnswer(call)
    }
  }

  /// Passes on a 401 that is here whole.
  func passHeldAnswer(_ call: Call) {
    guard passHeldHead(call) else { return }
    passEnd(call)
  }

  @discardableResult
  private func passHeldHead(_ call: Call) -> Bool {
    guard let held = call.held else { return false }
    call.held = nil
    guard passHead(held.head, call) else { return false }
    if held.body.readableBytes > 0 { passBody(held.body, call) }
    return true
  }

  // MARK: Passing on

  /// - Returns: false where the head cannot be passed on and the call is answered otherwise.
  @discardableResult
  private func passHead(_ head: HTTPResponseHead, _ call: Call) -> Bool {
    guard let context, let route = call.route else { return false }
    do throws(Refusal) {
      let fields = try ResponseFields(
        head, toHead: call.isHead, route: route, connection: call.connection,
        allocator: context.channel.allocator)
      call.status = Int(head.status.code)
      call.answer = call.status
      call.answerFraming = fields.framing
      if case .length(let length) = fields.framing { call.answerRemaining = length }
      if !call.requestEnded || (fields.framing == .chunked && call.isHTTP10) { call.keepsAlive = false }
      var lines = fields.lines
      if fields.framing == .chunked, !call.isHTTP10 { lines.writeStaticString("transfer-encoding: chunked\r\n") }
      if !call.keepsAlive || plane.isDraining {
        call.keepsAlive = false
        lines.writeStaticString("connection: close\r\n")
      } else if call.isHTTP10 {
        lines.writeStaticString("connection: keep-alive\r\n")
      }
      lines.writeStaticString("\r\n")
      write(lines)
      return true
    } catch {
      drop(call)
      refuse(error, call)
      return false
    }
  }

  private func passBody(_ bytes: ByteBuffer, _ call: Call) {
    switch call.answerFraming {
    case .none: return
    case .length:
      call.answerRemaining -= bytes.readableBytes
      write(bytes)
    case .chunked where call.isHTTP10: write(bytes)
    case .chunked:
      guard bytes.readableBytes > 0 else { return }
      var size = ByteBuffer()
      size.writeChunkSize(bytes.readableBytes)
      write(size)
      write(bytes)
      write(ByteBuffer(staticString: "\r\n"))
    }
  }

  private func passEnd(_ call: Call) {
    guard call.answerRemaining == 0 else {
      cut()
      return
    }
    if call.answerFraming == .chunked, !call.isHTTP10 { write(ByteBuffer(staticString: "0\r\n\r\n")) }
    ended(call)
  }
}
