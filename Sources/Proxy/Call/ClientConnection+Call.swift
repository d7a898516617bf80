import Keeper
import Logging
import NIOCore
import NIOHTTP1

/// The way of a call, from its head to the upstream.
extension ClientConnection {
  func begin(_ head: HTTPRequestHead) {
    let call = Call(
      head, began: plane.loop.now, at: plane.clock.now(), keepsAlive: head.isKeepAlive && !plane.isDraining)
    self.call = call
    do throws(Refusal) {
      try admit(head, call)
    } catch {
      refuse(error, call)
    }
  }

  /// Head, key, policy, in this order: who has no key learns nothing but how to send one.
  private func admit(_ head: HTTPRequestHead, _ call: Call) throws(Refusal) {
    guard let context else { return }
    let fields = try RequestFields(head, allocator: context.channel.allocator)
    call.fields = fields
    guard Self.methods.contains(call.method) else { throw .methodRefused }
    let target: CallTarget
    switch try RequestTarget(head.uri) {
    case .livez:
      answerLivez(call)
      return
    case .unknown:
      call.isCall = false
      throw .noSuchPath
    case .bridge(let asked):
      try beginBridge(asked, call)
      return
    case .call(let asked): target = asked
    }
    guard let credential = fields.credential else { throw .keyMissing }
    guard !CredentialScan(credential).finds(in: target.rest, fields.lines) else { throw .credentialInRequest }
    call.target = target
    if plane.gateway.key(presented: credential) == nil, plane.limits.keyPatience > .zero {
      call.isForUnknownKey = true
    } else {
      try enter(call)
    }
  }

  /// Looks again whether the key of a call is known: it may have been made a moment ago, by another process.
  func lookForKey(of call: Call, at now: NIODeadline) {
    guard let credential = call.presented else { return }
    let isKnown = plane.gateway.key(presented: credential) != nil
    guard isKnown || now - call.began > TimeAmount(plane.limits.keyPatience) else { return }
    call.isForUnknownKey = false
    do throws(Refusal) {
      try enter(call)
    } catch {
      refuse(error, call)
    }
    resumeReading()
  }

  private func enter(_ call: Call) throws(Refusal) {
    if let asked = call.bridge { return try enterBridge(asked, call) }
    guard let target = call.target, let framing = call.fields?.framing else { return }
    let passage = try passage(of: call)
    try own?.require(passage)
    guard belongs(to: call.keyName) else { throw .connectionLimit }
    call.route = passage.route
    call.use = UpstreamUse(
      origin: passage.route.origin, connection: target.connection, epoch: passage.epoch, key: call.keyName)
    if case .length(let length) = framing, length > plane.limits.keptBody { call.isKeptWhole = false }
    if let token = passage.token {
      proceed(call, with: token)
    } else {
      awaitToken(call, replacing: nil)
    }
  }

  /// Key, policy and connection, as they stand now.
  private func passage(of call: Call) throws(Refusal) -> Passage {
    guard let target = call.target, let credential = call.fields?.credential else { throw .keyMissing }
    guard let key = plane.gateway.key(presented: credential) else { throw .keyUnknown }
    call.keyName = key.name
    call.template = PathTemplate.of(target.path)
    guard key.connection == target.connection else { throw .connectionDenied }
    call.connection = target.connection
    guard key.allows(method: call.method.rawValue, path: target.path) else { throw .notAllowed }
    guard let passage = plane.gateway.passage(to: target.connection) else {
      throw Refusal(plane.gateway.absence(of: target.connection))
    }
    return passage
  }

  /// Judges a call again that has waited (K22): its key may be revoked by now, its connection paused, led elsewhere, or
  /// approved anew, perhaps for another tenant.
  private func judgeAgain(_ call: Call) throws(Refusal) {
    let passage = try passage(of: call)
    guard passage.route == call.route, passage.epoch == call.use?.epoch else { throw .connectionChanged }
  }

  /// Ends a call of which something is still to go on, where it would no longer be let in.
  ///
  /// - Returns: whether it was ended.
  func endsUnlessAllowed(_ call: Call) -> Bool {
    do throws(Refusal) {
      try judgeAgain(call)
      return false
    } catch {
      switch call.phase {
      case .replacing: passHeldAnswer(call)
      case .calling where call.answerBegun: cut()
      case .awaitingToken, .connecting, .calling, .bridging, .answered:
        drop(call)
        refuse(error, call)
      }
      return true
    }
  }

  private static let methods: [HTTPMethod] = [.GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS]

  private func answerLivez(_ call: Call) {
    call.isCall = false
    call.status = 200
    var bytes = ByteBuffer()
    bytes.writeStatusLine(200)
    bytes.writeStaticString("content-type: text/plain\r\ncontent-length: 2\r\n")
    if !call.keepsAlive { bytes.writeStaticString("connection: close\r\n") }
    bytes.writeStaticString("\r\n")
    if !call.isHead { bytes.writeStaticString("ok") }
    write(bytes)
    ended(call)
  }

  // MARK: The token

  func awaitToken(_ call: Call, replacing rejected: AccessToken?) {
    let bound = NIOLoopBound((connection: self, call: call), eventLoop: plane.loop)
    let loop = plane.loop
    plane.gateway.token(for: call.connection, replacing: rejected) { result in
      loop.execute { bound.value.connection.tokenCame(result, for: bound.value.call) }
    }
  }

  private func tokenCame(_ result: Result<AccessToken, TokenUnavailable>, for call: Call) {
    guard self.call === call else { return }
    switch (call.phase, result) {
    case (.awaitingToken, .success(let token)):
      if !endsUnlessAllowed(call) { proceed(call, with: token) }
    case (.awaitingToken, .failure(let reason)): refuse(Refusal(reason), call)
    case (.replacing, .success(let token)):
      call.replacement = token
      repeatIfReady(call)
    case (.replacing, .failure): passHeldAnswer(call)
    default: return
    }
  }

  func tokenIsLate(_ call: Call) {
    if call.phase == .replacing { passHeldAnswer(call) } else { refuse(.tokenLate, call) }
  }

  // MARK: The upstream

  private func proceed(_ call: Call, with token: AccessToken) {
    // A provider's word goes into a header line here: a line break in it would be another header.
    guard token.secret.isFitForField else {
      refuse(.tokenUnusable, call)
      return
    }
    // The token of another approval is for another tenant's data, perhaps.
    guard token.epoch == call.use?.epoch else {
      refuse(.connectionChanged, call)
      return
    }
    call.token = token
    if call.fields?.expectsContinue == true, !call.requestEnded {
      restorePatience()
      write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
      flush()
    }
    connect(call, fresh: false)
  }

  func connect(_ call: Call, fresh: Bool) {
    guard let use = call.use else { return }
    let pool = plane.pool
    call.phase = .connecting
    if !fresh, let upstream = pool.take(use) {
      send(call, on: upstream)
      return
    }
    pool.connect(use) { [weak self] result in
      switch result {
      case .success(let upstream):
        guard let self, self.call === call, call.phase == .connecting, !endsUnlessAllowed(call) else {
          pool.give(upstream)
          return
        }
        send(call, on: upstream)
      case .failure(let failure):
        guard let self, self.call === call, call.phase == .connecting else { return }
        let metadata: Logger.Metadata = ["upstream.origin": "\(use.origin)", "error": "\(failure)"]
        if case .insecure = failure {
          plane.logger.error("upstream not trusted", metadata: metadata)
        } else {
          plane.logger.warning("upstream unreachable", metadata: metadata)
        }
        refuse(.upstreamUnreachable(call.originName, failure.description), call)
      }
    }
  }

  private func send(_ call: Call, on upstream: UpstreamConnection) {
    guard let context, let token = call.token, let fields = call.fields else { return }
    call.phase = .calling
    call.upstream = upstream
    own?.errand.sends(call)
    upstream.begin(
      for: self, method: call.method,
      head: call.head(with: token, on: upstream.line, allocator: context.channel.allocator), body: fields.framing)
    if call.kept.readableBytes > 0 { upstream.write(call.kept) }
    if call.kept.readableBytes > plane.limits.keptBody || !call.isKeptWhole { call.stopKeeping() }
    if call.requestEnded { upstream.endRequest() }
    if !isReading { upstream.flush() }
    resumeReading()
  }

  // MARK: Once more

  /// Sends the request again with the newer token, as soon as token and body are both here (K23).
  func repeatIfReady(_ call: Call) {
    guard call.phase == .replacing, let token = call.replacement, call.canRepeat else { return }
    guard token.epoch == call.use?.epoch else { return passHeldAnswer(call) }
    guard !endsUnlessAllowed(call) else { return }
    call.held = nil
    proceed(call, with: token)
  }
}
