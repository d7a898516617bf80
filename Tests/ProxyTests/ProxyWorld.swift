import Keeper
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import OAuth
import Outbound
import Proxy
import Synchronization
import TestKit
import Wire

/// A data plane between a raw client and an upstream that does what the test says.
struct ProxyWorld: Sendable {
  static let key = "evk_job"
  static let group = MultiThreadedEventLoopGroup.singleton

  let gateway: FakeGateway
  let upstream: TestUpstream
  let proxy: BoundProxy

  /// - Parameter reply: what the upstream answers, by the number of the request that it has seen.
  /// - Parameter rest: how long a channel to the upstream rests before its next call; most tests want it back at once.
  static func run<Result>(
    limits: ProxyLimits = .patient, rest: Duration = .zero, tls: NIOSSLContext? = nil,
    trusting: ClientTLS = .http, callers: Callers = .local, upstreamHost: String = "127.0.0.1",
    reply: @escaping @Sendable (Seen) -> TestUpstream.Reply = { _ in .ok },
    _ body: (ProxyWorld) async throws -> Result
  ) async throws -> Result {
    let upstream = try await TestUpstream.start(tls: tls, reply: reply)
    let scheme = tls == nil ? "http" : "https"
    let gateway = FakeGateway(origin: "\(scheme)://\(upstreamHost):\(upstream.port)")
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    var limits = limits
    limits.restTime = rest
    let server = ProxyServer(
      gateway: gateway, clock: VirtualTime().clock, host: "127.0.0.1", port: 0, limits: limits, logger: logger,
      threads: 1, callers: callers, tls: trusting)
    let proxy = try await server.bind()
    let world = ProxyWorld(gateway: gateway, upstream: upstream, proxy: proxy)
    do {
      let result = try await body(world)
      await world.stop()
      return result
    } catch {
      await world.stop()
      throw error
    }
  }

  private func stop() async {
    await upstream.stop()
    await proxy.stop()
  }

  func client() async throws -> RawClient { try await RawClient.connect(port: proxy.port) }

  /// Sends one request on a connection of its own and takes the answer.
  func call(_ request: String, toHead: Bool = false) async throws -> Answer {
    let client = try await client()
    // Where the data plane has already ended the connection, its answer tells more than the failed write.
    try? await client.send(request)
    let answer = try await client.answer(toHead: toHead)
    client.close()
    return answer
  }
}

extension ProxyLimits {
  /// Time enough for everything on the slowest machine; a test shortens what it is about.
  static var patient: ProxyLimits {
    var limits = ProxyLimits()
    for time in [
      \.headTime, \.idle, \.bodyPatience, \.clientStall, \.tokenWait, \.connectTime, \.answerTime, \.pooledTime,
    ] as [WritableKeyPath<ProxyLimits, Duration>] { limits[keyPath: time] = .seconds(3600) }
    limits.keyPatience = .zero
    return limits
  }
}

/// A well-formed request to the world's connection.
func request(
  _ method: String = "GET", _ target: String = "/via/shop/contacts", key: String? = ProxyWorld.key,
  fields: [String] = [],
  body: String? = nil
) -> String {
  var lines = ["\(method) \(target) HTTP/1.1", "Host: keeper"]
  if let key { lines.append("Authorization: Bearer \(key)") }
  lines += fields
  if let body { lines.append("Content-Length: \(body.utf8.count)") }
  return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
}

/// A keeper that says what the test wants, and remembers what it was asked.
final class FakeGateway: Gateway {
  typealias TokenAnswer = @Sendable (Result<AccessToken, TokenUnavailable>) -> Void

  struct State {
    var keys: [String: APIKey] = [:]
    var route: Route?
    var epoch: Int64 = 1
    var fresh: AccessToken?
    /// The tokens of further connections to the same API.
    var others: [String: AccessToken] = [:]
    /// How often a key was unknown.
    var strangers = 0
    /// How often a call was judged as far as its connection.
    var passages = 0
    /// What `token` answers, at once; nil leaves the question open.
    var token: Result<AccessToken, TokenUnavailable>?
    var rejected: [AccessToken?] = []
    var open: [TokenAnswer] = []
    var records: [CallRecord] = []
  }

  let state: Mutex<State>

  init(origin: String) {
    state = Mutex(
      State(
        keys: [
          ProxyWorld.key: APIKey(
            name: "nightly", connection: "shop",
            rules: ["* /contacts", "GET /contacts/*", "* /big/**", "GET /**"].compactMap { APIKey.Rule($0) },
            handsOutTokens: false, endsAt: Timestamp(seconds: 4_000_000_000), createdAt: Timestamp(seconds: 0)),
          "evk_narrow": APIKey(
            name: "narrow", connection: "shop", rules: ["PUT /contacts"].compactMap { APIKey.Rule($0) },
            handsOutTokens: false, endsAt: Timestamp(seconds: 4_000_000_000), createdAt: Timestamp(seconds: 0)),
          "evk_second": APIKey(
            name: "second", connection: "shop", rules: ["* /**"].compactMap { APIKey.Rule($0) },
            handsOutTokens: false, endsAt: Timestamp(seconds: 4_000_000_000), createdAt: Timestamp(seconds: 0)),
          "evk_other": APIKey(
            name: "other", connection: "elsewhere", rules: ["* /**"].compactMap { APIKey.Rule($0) },
            handsOutTokens: false, endsAt: Timestamp(seconds: 4_000_000_000), createdAt: Timestamp(seconds: 0)),
        ],
        route: Origin(origin).map {
          Route(origin: $0, tokenFaults: ["invalid_access_token"], unauthorizedPrecedesProcessing: true)
        },
        fresh: Self.token(1)))
  }

  static func token(_ generation: Int64, epoch: Int64 = 1) -> AccessToken {
    AccessToken(
      secret: Secret("eva_\(generation)"), generation: generation, epoch: epoch, from: Timestamp(seconds: 0),
      until: Timestamp(seconds: 4_000_000_000))
  }

  /// Waits until calls have been judged so often.
  func judges(_ count: Int) async {
    while state.withLock({ $0.passages < count }) { await Task.yield() }
  }

  /// Answers whoever waits for a token.
  func answer(_ result: Result<AccessToken, TokenUnavailable>) {
    let open = state.withLock { state in
      defer { state.open = [] }
      return state.open
    }
    for answer in open { answer(result) }
  }

  var records: [CallRecord] { state.withLock { $0.records } }
  var rejected: [AccessToken?] { state.withLock { $0.rejected } }

  func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

  func key(presented: Secret) -> APIKey? {
    state.withLock { state in
      if state.keys[presented.exposed] == nil { state.strangers += 1 }
      return state.keys[presented.exposed]
    }
  }

  func passage(to connection: String) -> Passage? {
    state.withLock { state in
      state.passages += 1
      guard let route = state.route else { return nil }
      if connection == "shop" { return Passage(route: route, epoch: state.epoch, token: state.fresh) }
      return state.others[connection].map { Passage(route: route, epoch: $0.epoch, token: $0) }
    }
  }

  func token(for connection: String, replacing rejected: AccessToken?, answer: @escaping TokenAnswer) {
    let result = state.withLock { state in
      state.rejected.append(rejected)
      if state.token == nil { state.open.append(answer) }
      return state.token
    }
    if let result { answer(result) }
  }

  func record(_ call: CallRecord) { state.withLock { $0.records.append(call) } }
}
