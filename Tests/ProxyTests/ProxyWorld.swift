import Keeper
import KeeperKit
import NIOCore
import NIOPosix
import NIOSSL
import NetworkKit
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
    var limits = limits
    limits.restTime = rest
    let server = ProxyServer(
      gateway: gateway, clock: VirtualTime().clock, host: "127.0.0.1", port: 0, limits: limits, logger: .silent,
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
  func call(_ request: String, toHead: Bool = false) async throws -> RawAnswer {
    try await RawClient.call(request, port: proxy.port, toHead: toHead)
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

extension FakeGateway {
  /// With the keys of a few jobs and a token that lives.
  convenience init(origin: String) {
    self.init(origin: origin, keys: Self.keys, fresh: Self.token(1))
  }

  private static let keys = [
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
  ]
}
