import Keeper
import NIOCore
import NIOHTTP1

/// What goes out to the job, and what follows when an answer is written whole.
extension ClientConnection {
  func write(_ bytes: ByteBuffer) {
    // Small pieces leave in one write with the head; large ones are not copied.
    if outbound != nil, bytes.readableBytes <= 8192 {
      outbound?.writeImmutableBuffer(bytes)
      return
    }
    writeOutbound()
    if bytes.readableBytes <= 8192 { outbound = bytes } else { context?.write(wrapOutboundOut(bytes), promise: nil) }
  }

  private func writeOutbound() {
    guard let bytes = outbound else { return }
    outbound = nil
    context?.write(wrapOutboundOut(bytes), promise: nil)
  }

  func flush() {
    stopwatch.restart()
    writeOutbound()
    context?.flush()
  }

  /// Answers a call with a refusal of our own.
  func refuse(_ refusal: Refusal, _ call: Call) {
    own?.refusal = refusal
    if refusal.closes || (!call.requestEnded && !canDiscardRest(of: call)) { call.keepsAlive = false }
    call.status = refusal.status
    var bytes = ByteBuffer()
    refusal.write(to: &bytes, isHead: call.isHead, keepAlive: call.keepsAlive)
    write(bytes)
    ended(call)
  }

  /// Whether the rest of a request is read and thrown away: its body is short, and the job sends it without our leave.
  private func canDiscardRest(of call: Call) -> Bool {
    guard let fields = call.fields, !fields.expectsContinue, case .length(let length) = fields.framing else {
      return call.fields?.framing == BodyFraming.none
    }
    return length <= plane.limits.keptBody
  }

  /// Takes note of an answer that is written whole, and goes on when the request has ended too.
  func ended(_ call: Call) {
    call.phase = .answered
    call.kept = ByteBuffer()
    call.held = nil
    record(call)
    flush()
    if call.requestEnded {
      conclude(call)
    } else if call.keepsAlive {
      resumeReading()
    } else {
      linger()
    }
  }

  func conclude(_ call: Call) {
    guard self.call === call else { return }
    self.call = nil
    if !call.keepsAlive || plane.isDraining {
      linger()
      return
    }
    workThroughWaiting()
  }

  private func workThroughWaiting() {
    guard !isWorkingThroughWaiting else { return }
    isWorkingThroughWaiting = true
    while call?.requestEnded != true, let part = waiting.popFirst() { take(part) }
    isWorkingThroughWaiting = false
    call?.upstream?.flush()
    resumeReading()
  }

  func record(_ call: Call) {
    guard call.isCall else { return }
    plane.gateway.record(
      CallRecord(
        key: call.keyName, connection: call.connection, method: call.method.rawValue,
        path: call.template, token: call.token?.version, answer: call.answer, status: call.status,
        at: call.at, duration: .nanoseconds((plane.loop.now - call.began).nanoseconds)))
  }
}
