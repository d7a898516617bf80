import Keeper
import Logging
import NIOCore
import NIOHTTP1

/// The way of a call, from its head to the upstream.
extension ClientConnection {
  func begin(_ head: HTTPRequestHead) {
    let exchange = Call(
      head, began: plane.loop.now, at: plane.clock.now(), keepsAlive: head.isKeepAlive && !plane.isDraining)
    self.exchange = exchange
    do throws(Refusal) {
      try admit(head, exchange)
    } catch {
      refuse(error, exchange)
    }
  }

  /// Head, key, policy, in this order: who has no key learns nothing but how to send one.
  private func admit(_ head: HTTPRequestHead, _ exchange: Call) throws(Refusal) {
    guard let context else { return }
    let fields = try RequestFields(head, allocator: context.channel.allocator)
    exchange.fields = fields
    guard Self.methods.contains(exchange.method) else { throw .methodRefused }
    let target: CallTarget
    switch try RequestTarget(head.uri) {
    case .livez:
      answerLivez(exchange)
      return
    case .unknown:
      exchange.isCall = false
      throw .noSuchPath
    case .call(let call): target = call
    }
    guard let credential = fields.credential else { throw .keyMissing }
    guard !CredentialScan(credential).finds(in: target.rest, fields.lines) else { throw .credentialInRequest }
    exchange.target = target
    if plane.gateway.key(presented: credential) == nil, plane.limits.keyPatience > .zero {
      exchange.isForUnknownKey = true
    } else {
      try enter(exchange)
    }
  }

  /// Looks again whether the key of a call is known: it may have been made a moment ago, by another process.
  func lookForKey(of exchange: Call, at now: NIODeadline) {
    guard let credential = exchange.fields?.credential else { return }
    let isKnown = plane.gateway.key(presented: credential) != nil
    guard isKnown || now - exchange.began > TimeAmount(plane.limits.keyPatience) else { return }
    exchange.isForUnknownKey = false
    do throws(Refusal) {
      try enter(exchange)
    } catch {
      refuse(error, exchange)
    }
    resumeReading()
  }

  private func enter(_ exchange: Call) throws(Refusal) {
    guard let target = exchange.target, let framing = exchange.fields?.framing else { return }
    let passage = try passage(of: exchange)
    guard belongs(to: exchange.keyName) else { throw .connectionLimit }
    exchange.route = passage.route
    exchange.use = UpstreamUse(
      origin: passage.route.origin, connection: target.connection, epoch: passage.epoch, key: exchange.keyName)
    if case .length(let length) = framing, length > plane.limits.keptBody { exchange.isKeptWhole = false }
    if let token = passage.token {
      proceed(exchange, with: token)
    } else {
      awaitToken(exchange, replacing: nil)
    }
  }

  /// Key, policy and connection, as they stand now.
  private func passage(of exchange: Call) throws(Refusal) -> Passage {
    guard let target = exchange.target, let credential = exchange.fields?.credential else { throw .keyMissing }
    guard let key = plane.gateway.key(presented: credential) else { throw .keyUnknown }
    exchange.keyName = key.name
    exchange.template = PathTemplate.of(target.path)
    guard key.connection == target.connection else { throw .connectionDenied }
    exchange.connection = target.connection
    guard key.allows(method: exchange.method.rawValue, path: target.path) else { throw .notAllowed }
    guard let passage = plane.gateway.passage(to: target.connection) else {
      throw Self.refusal(for: plane.gateway.absence(of: target.connection))
    }
    return passage
  }

  /// Judges a call again that has waited (K22): its key may be revoked by now, its connection paused, led elsewhere, or
  /// approved anew, perhaps for another tenant.
  private func judgeAgain(_ exchange: Call) throws(Refusal) {
    let passage = try passage(of: exchange)
    guard passage.route == exchange.route, passage.epoch == exchange.use?.epoch else { throw .connectionChanged }
  }

  /// Ends a call that is still to go on, in whole or in part, where it would not be let in any more.
  ///
  /// - Returns: whether it was ended.
  func endsUnlessAllowed(_ exchange: Call) -> Bool {
    do throws(Refusal) {
      try judgeAgain(exchange)
      return false
    } catch {
      switch exchange.phase {
      case .replacing: passHeldAnswer(exchange)
      case .calling where exchange.answerBegun: cut()
      case .awaitingToken, .connecting, .calling, .answered:
        drop(exchange)
        refuse(error, exchange)
      }
      return true
    }
  }

  private static let methods: [HTTPMethod] = [.GET, .HEAD, .POST, .PUT, .PATCH, .DELETE, .OPTIONS]

  private func answerLivez(_ exchange: Call) {
    exchange.isCall = false
    exchange.status = 200
    var bytes = ByteBuffer()
    bytes.writeStatusLine(200)
    bytes.writeStaticString("content-type: text/plain\r\ncontent-length: 2\r\n")
    if !exchange.keepsAlive { bytes.writeStaticString("connection: close\r\n") }
    bytes.writeStaticString("\r\n")
    if !exchange.isHead { bytes.writeStaticString("ok") }
    write(bytes)
    ended(exchange)
  }

  // MARK: The token

  func awaitToken(_ exchange: Call, replacing rejected: AccessToken?) {
    let bound = NIOLoopBound((connection: self, exchange: exchange), eventLoop: plane.loop)
    let loop = plane.loop
    plane.gateway.token(for: exchange.connection, replacing: rejected) { result in
      loop.execute { bound.value.connection.tokenCame(result, for: bound.value.exchange) }
    }
  }

  private func tokenCame(_ result: Result<AccessToken, TokenUnavailable>, for exchange: Call) {
    guard self.exchange === exchange else { return }
    switch (exchange.phase, result) {
    case (.awaitingToken, .success(let token)):
      if !endsUnlessAllowed(exchange) { proceed(exchange, with: token) }
    case (.awaitingToken, .failure(let reason)): refuse(Self.refusal(for: reason), exchange)
    case (.replacing, .success(let token)):
      exchange.replacement = token
      repeatIfReady(exchange)
    case (.replacing, .failure): passHeldAnswer(exchange)
    default: return
    }
  }

  private static func refusal(for reason: TokenUnavailable) -> Refusal {
    switch reason {
    case .needsApproval(let sentence): Refusal(403, "needs_approval", sentence)
    // No wait mends it, so nothing invites to one.
    case .paused(let sentence): Refusal(403, "paused", sentence)
    case .temporarily(let sentence, let seconds): Refusal(503, "token_unavailable", sentence, retryAfter: seconds)
    case .noSuchConnection: .connectionDenied
    case .notStale: .tokenLate
    }
  }

  func tokenIsLate(_ exchange: Call) {
    if exchange.phase == .replacing { passHeldAnswer(exchange) } else { refuse(.tokenLate, exchange) }
  }

  // MARK: The upstream

  private func proceed(_ exchange: Call, with token: AccessToken) {
    // A provider's word goes into a header line here: a line break in it would be another header.
    guard token.secret.isFitForField else {
      refuse(.tokenUnusable, exchange)
      return
    }
    // The token of another approval is for another tenant's data, perhaps.
    guard token.epoch == exchange.use?.epoch else {
      refuse(.connectionChanged, exchange)
      return
    }
    exchange.token = token
    if exchange.fields?.expectsContinue == true, !exchange.requestEnded {
      restorePatience()
      write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
      flush()
    }
    connect(exchange, fresh: false)
  }

  func connect(_ exchange: Call, fresh: Bool) {
    guard let use = exchange.use else { return }
    let pool = plane.pool
    exchange.phase = .connecting
    if !fresh, let upstream = pool.take(use) {
      send(exchange, on: upstream)
      return
    }
    pool.connect(use) { [weak self] result in
      switch result {
      case .success(let upstream):
        guard let self, self.exchange === exchange, exchange.phase == .connecting, !endsUnlessAllowed(exchange) else {
          pool.give(upstream)
          return
        }
        send(exchange, on: upstream)
      case .failure(let failure):
        guard let self, self.exchange === exchange, exchange.phase == .connecting else { return }
        let metadata: Logger.Metadata = ["upstream.origin": "\(use.origin)", "error": "\(failure)"]
        if case .insecure = failure {
          plane.logger.error("upstream not trusted", metadata: metadata)
        } else {
          plane.logger.warning("upstream unreachable", metadata: metadata)
        }
        refuse(.upstreamUnreachable(exchange.originName, failure.description), exchange)
      }
    }
  }

  private func send(_ exchange: Call, on upstream: UpstreamConnection) {
    guard let context, let token = exchange.token, let fields = exchange.fields else { return }
    exchange.phase = .calling
    exchange.upstream = upstream
    upstream.begin(
      for: self, method: exchange.method,
      head: exchange.head(with: token, on: upstream.line, allocator: context.channel.allocator), body: fields.framing)
    if exchange.kept.readableBytes > 0 { upstream.write(exchange.kept) }
    if exchange.kept.readableBytes > plane.limits.keptBody || !exchange.isKeptWhole { exchange.stopKeeping() }
    if exchange.requestEnded { upstream.endRequest() }
    if !isReading { upstream.flush() }
    resumeReading()
  }

  // MARK: Once more

  /// Sends the request again with the newer token, as soon as token and body are both here (K23).
  func repeatIfReady(_ exchange: Call) {
    guard exchange.phase == .replacing, let token = exchange.replacement, exchange.canRepeat else { return }
    guard token.epoch == exchange.use?.epoch else { return passHeldAnswer(exchange) }
    guard !endsUnlessAllowed(exchange) else { return }
    exchange.held = nil
    proceed(exchange, with: token)
  }
}
