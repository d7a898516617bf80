import Hummingbird
import Synchronization
import Wire

/// Answers 421 to a `Host` that is not ours: a name that an attacker has pointed at this machine (DNS rebinding).
final class HostGuard: RouterMiddleware {
  typealias Context = SiteContext
  private let allowed: Mutex<Set<String>>

  init(names: [String]) { allowed = Mutex(Set(names.map { $0.lowercased() })) }

  /// The loopback names and the address that is listened on, once the port is known.
  func listens(on port: Int, of host: String) {
    let own = Loopback.authorities(port: port).union([Origin.authority(host: host, port: port)])
    allowed.withLock { $0.formUnion(own) }
  }

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    let host = request.head.authority?.lowercased() ?? ""
    guard allowed.withLock({ $0.contains(host) }) else { throw SiteFailure(.misdirectedRequest) }
    return try await next(request, context)
  }
}
