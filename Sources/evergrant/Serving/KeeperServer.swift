import Bridge
import Keeper
import Logging
import Operator
import Proxy
import ServiceLifecycle
import Web

/// A keeper and what it is reached by: a data plane for jobs on this machine and the control plane, and where they are asked
/// for, a data plane for jobs elsewhere, the approval pages and the watch that alerts.
struct KeeperServer {
  /// Where it listens, once it does.
  struct Ports: Encodable, Sendable {
    var controlPort: Int
    var port: Int
    var remotePort: Int?
  }

  let keeper: Keeper
  let listening: Listening
  /// Nil where nobody is told anything.
  var alerts: AlertWatch?
  /// Whether the control plane has the operator's pages.
  var hasConsole = false
  let logger: Logger
  /// One for both data planes: a contact may be changed through either.
  private let bridges = BridgeMemory(clock: .system)

  /// Begins to listen, and gives what the server is made of in the order of its start; it is shut down from the end.
  ///
  /// - Parameter onReady: called once, when all of it takes calls.
  /// - Throws: `ProxyStartFailure` or `ListenRefusal`, which say what to do.
  func services(onReady: @escaping @Sendable (Ports) -> Void) async throws -> [any Service] {
    let jobs = try await bindDataPlane()
    let elsewhere = try await bindRemote()
    let readiness = Readiness(parts: listening.publicAddress == nil ? 1 : 2) { controlPort in
      onReady(Ports(controlPort: controlPort, port: jobs.port, remotePort: elsewhere?.port))
    }
    let approvals = try listening.publicAddress.map {
      try ApprovalSite(
        desk: keeper.desk, publicAddress: $0, address: ListenAddress(host: listening.host, port: listening.publicPort),
        logger: logger, onRunning: { _ in readiness.listens() })
    }
    let control = try KeeperSite(
      gateway: keeper, status: { [keeper] in try await keeper.desk.status(for: $0) },
      isReady: { [keeper] in await keeper.desk.isReadable() }, console: hasConsole ? keeper.desk : nil,
      address: ListenAddress(host: listening.host, port: listening.controlPort),
      names: listening.publicAddress.map { [$0.origin.authority] } ?? [], logger: logger,
      onRunning: { readiness.listens(controlPort: $0) })
    let parts: [(any Service)?] = [
      KeeperService(keeper: keeper), alerts.map(AlertService.init), jobs, control, approvals, elsewhere,
    ]
    return parts.compactMap(\.self)
  }

  /// The data plane for jobs on this machine, which takes calls from here on.
  func bindDataPlane() async throws -> BoundProxy {
    try await bind(listening.host, listening.port, for: .local)
  }

  private func bindRemote() async throws -> BoundProxy? {
    guard let remote = listening.remote else { return nil }
    return try await bind(remote.host, remote.port, for: remote.callers)
  }

  private func bind(_ host: String, _ port: Int, for callers: Callers) async throws -> BoundProxy {
    try await ProxyServer(
      gateway: keeper, clock: .system, host: host, port: port, limits: ProxyLimits(), logger: logger,
      threads: listening.threads, callers: callers, bridges: bridges
    ).bind()
  }
}
