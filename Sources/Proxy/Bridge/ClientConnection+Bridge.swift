import Bridge
import Keeper
import NIOCore
import NIOHTTP1
import OAuth
import XMLRPC

/// The way of a call in XML-RPC: its body is taken whole, and the bridge answers.
extension ClientConnection {
  func beginBridge(_ asked: BridgeTarget, _ call: Call) throws(Refusal) {
    call.template = asked.path
    var asked = asked
    guard call.method == .POST else { throw .bridgeWantsPost }
    if let key = call.fields?.credential {
      guard asked.key == nil || asked.key == key else { throw .twoCredentials }
      asked.key = key
    }
    call.bridge = asked
    if let key = asked.key, plane.gateway.key(presented: key) == nil, plane.limits.keyPatience > .zero {
      call.isForUnknownKey = true
    } else {
      try enterBridge(asked, call)
    }
  }

  /// Begins to take the body, once the key is known that stands in the head.
  func enterBridge(_ asked: BridgeTarget, _ call: Call) throws(Refusal) {
    if let key = asked.key {
      guard let known = plane.gateway.key(presented: key) else { throw .keyUnknown }
      call.keyName = known.name
      guard belongs(to: known.name) else { throw .connectionLimit }
    }
    if case .length(let length) = call.fields?.framing, length > mostOfBody(asked) { throw .bridgedTooLarge }
    call.phase = .bridging
    if call.requestEnded {
      answerByBridge(call)
    } else if call.fields?.expectsContinue == true {
      restorePatience()
      write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
      flush()
    }
  }

  /// Whoever has shown no key yet is trusted with less memory.
  private func mostOfBody(_ asked: BridgeTarget) -> Int {
    asked.key == nil ? plane.limits.keptBody : plane.limits.bridgedBody
  }

  func keepForBridge(_ bytes: ByteBuffer, of call: Call) {
    guard let asked = call.bridge else { return }
    call.keep(bytes)
    if call.kept.readableBytes > mostOfBody(asked) { refuse(.bridgedTooLarge, call) }
  }

  func answerByBridge(_ call: Call) {
    guard var asked = call.bridge else { return }
    let body = Array(call.kept.readableBytesView)
    call.kept = ByteBuffer()
    if asked.key == nil {
      // At most 64 KiB: whoever shows a key in the call keeps their place by it, as others do.
      let found: Secret?
      do throws(XMLRPCFault) { found = try BridgePassing.key(in: body) } catch {
        // Whoever sends what cannot be read learns no more than that.
        return answer(.response(.fault(error)), call)
      }
      guard let key = found else { return refuse(.bridgedKeyMissing, call) }
      guard let known = plane.gateway.key(presented: key) else { return refuse(.keyUnknown, call) }
      guard belongs(to: known.name) else { return refuse(.connectionLimit, call) }
      asked.key = key
      call.keyName = known.name
    }
    guard let errand = plane.beginErrand(for: call.keyName) else { return refuse(.errandLimit, call) }
    place.begin(errand)
    let passing = BridgePassing(
      plane: NIOLoopBound(plane, eventLoop: plane.loop), errand: NIOLoopBound(errand, eventLoop: plane.loop),
      gateway: plane.gateway, memory: plane.bridges, asked: asked, body: body)
    let bound = NIOLoopBound((connection: self, call: call, errand: errand), eventLoop: plane.loop)
    let promise = plane.loop.makePromise(of: BridgePassing.Outcome.self)
    promise.futureResult.whenSuccess { outcome in
      let (connection, call, errand) = bound.value
      connection.ends(errand)
      connection.bridgeAnswered(outcome, call)
    }
    errand.begin(promise.completeWithTask { await passing.run() })
  }

  private func ends(_ errand: Errand) {
    plane.end(errand)
    place.endErrand()
  }

  private func bridgeAnswered(_ outcome: BridgePassing.Outcome, _ call: Call) {
    guard self.call === call, call.phase == .bridging else { return }
    call.keyName = outcome.key
    call.connection = outcome.connection
    if !outcome.method.isEmpty { call.template += "/\(outcome.method)" }
    switch outcome.result {
    case .failure(let refusal): refuse(refusal, call)
    case .success(let reply): answer(reply, call)
    }
  }

  /// Ends a call of the bridge's own whose job has gone.
  func endWithJob() {
    if let call { abandon(call, status: 499) }
    cut()
  }

  private func answer(_ reply: Bridge.Reply, _ call: Call) {
    call.status = reply.status
    if plane.isDraining { call.keepsAlive = false }
    var bytes = ByteBuffer()
    bytes.writeStatusLine(reply.status)
    bytes.writeField("content-type", reply.contentType)
    bytes.writeStaticString("cache-control: no-store\r\n")
    let body = reply.body
    bytes.writeField("content-length", String(body.count))
    if let retryAfter = reply.retryAfter { bytes.writeField("retry-after", retryAfter) }
    if !call.keepsAlive { bytes.writeStaticString("connection: close\r\n") }
    bytes.writeStaticString("\r\n")
    bytes.writeBytes(body)
    write(bytes)
    ended(call)
  }
}
