import NIOCore
import Sockets

/// How a connection ends: given up, cut, refused outright, or after a time in which nothing happened.
extension ClientConnection {
  /// Gives up a call whose answer cannot be completed.
  func abandon(_ call: Call, status: Int) {
    guard self.call === call else { return }
    self.call = nil
    place.errand?.giveUp()
    call.upstream?.release(requestEnded: false)
    call.upstream = nil
    guard call.phase != .answered else { return }
    call.status = status
    record(call)
  }

  /// Cuts the connection, so that the job sees that its answer is not whole.
  func cut() {
    isClosing = true
    if let call { abandon(call, status: 502) }
    context?.close(promise: nil)
  }

  /// Ends an idle connection at once, a busy one after its call. The bridge's own has one call and ends by itself.
  func drain() {
    if let call { call.keepsAlive = false } else if own == nil { cut() }
  }

  /// Answers where there is no whole request, malformed or too slow, and closes the connection.
  func refuseOutright(_ refusal: Refusal) {
    if let call {
      if call.answerBegun || call.phase == .answered {
        cut()
        return
      }
      abandon(call, status: refusal.status)
    }
    own?.refusal = refusal
    var bytes = ByteBuffer()
    refusal.write(to: &bytes, isHead: false, keepAlive: false)
    write(bytes)
    flush()
    linger()
  }

  /// Ends our side and reads on for a moment: closing on unread bytes would reset the connection under our answer.
  func linger() {
    guard let context, !isClosing else { return }
    isClosing = true
    isLingering = true
    call = nil
    stopwatch.restart()
    waiting.removeAll()
    let bound = NIOLoopBound(context, eventLoop: plane.loop)
    let last = plane.loop.makePromise(of: Void.self)
    last.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
    context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: last)
    if readHeld {
      readHeld = false
      context.read()
    }
  }

  // MARK: Time

  func tick(_ now: NIODeadline) {
    let waited = stopwatch.read(now)
    if let call, call.isForUnknownKey { return lookForKey(of: call, at: now) }
    if let call, call.isPending, endsUnlessAllowed(call) { return }
    if let call, isHearing(call), !patience.outlasts(plane.limits.tick) {
      refuseOutright(.bodyTooSlow)
      return
    }
    if let waited { ends(after: waited) }
  }

  /// Whether more of the request's body is waited for, and nobody but the job delays it.
  private func isHearing(_ call: Call) -> Bool {
    !call.requestEnded && !readHeld && !isClosing && !call.isAwaitingLeave
      && context?.channel.isWritable == true
  }

  /// Ends what has lasted too long with nothing happening.
  private func ends(after waited: Duration) {
    let limits = plane.limits
    if isLingering {
      if waited > limits.lingerTime { context?.close(promise: nil) }
      return
    }
    if let context, !context.channel.isWritable {
      if waited > limits.clientStall { cut() }
      return
    }
    guard let call else {
      if isHeadUnderWay {
        if waited > limits.headTime { refuseOutright(.headTooSlow) }
      } else if waited > limits.idle {
        cut()
      }
      return
    }
    if isHearing(call) { return }
    switch call.phase {
    case .awaitingToken, .replacing:
      if waited > limits.tokenWait { tokenIsLate(call) }
    case .calling:
      if waited > limits.answerTime { answerIsLate(call) }
    // What the bridge waits for are calls with limits of their own.
    case .connecting, .bridging, .answered: return
    }
  }
}
