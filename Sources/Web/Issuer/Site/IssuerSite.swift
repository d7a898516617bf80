import HTTPTypes
import Hummingbird
import Issuer
import Logging
import Outbound
import ServiceLifecycle

/// The issuer on HTTP: the pages where people approve, the endpoints of OAuth, and the API that speaks Keap's.
package struct IssuerSite: Service, CustomStringConvertible {
  let issuer: Issuer
  let pages: Pages
  /// What goes wrong on purpose.
  let faults: FaultPlan
  /// Whether an address is that of a TLS proxy in front of this site.
  let isProxy: @Sendable (String) -> Bool
  let origins: AllowedOrigins
  private let address: ListenAddress
  /// Calls the receivers of hooks.
  let sender: WebhookSender
  private let client: OutboundClient
  private let logger: Logger
  private let onRunning: @Sendable (Int) async -> Void

  /// - Parameters:
  ///   - origins: whose pages may call the API and the token endpoints, each as a browser names it in `Origin`.
  ///   - isProxy: whether an address is that of a TLS proxy, which is believed when it says whom it speaks for.
  ///   - onRunning: called with the port when requests are accepted.
  package init(
    issuer: Issuer, address: ListenAddress, origins: Set<String> = [],
    isProxy: @escaping @Sendable (String) -> Bool = { _ in false }, faults: FaultPlan = FaultPlan(), logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws {
    self.issuer = issuer
    self.address = address
    self.isProxy = isProxy
    self.origins = AllowedOrigins(
      origins: origins, alsoTaken: faults.obeysRequests ? [HTTPField.Name.evergrantFault.rawName] : []
    ) { Speech(path: $0).isForPrograms }
    self.faults = faults
    self.logger = logger
    self.onRunning = onRunning
    client = OutboundClient(
      reach: issuer.settings.hooksReachPrivate ? .anywhere : .publicAddresses, names: NameLookups(),
      bodyLimit: Self.longestAnswer)
    sender = WebhookSender(client)
    pages = try Pages()
  }

  package var description: String { "issuer site" }

  /// Of a hook's receiver, whose answer nobody reads.
  private static let longestAnswer = 64 << 10

  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package func run() async throws {
    let router = routes()
    router.complete(refusing: Self.refuseMethod)
    let server = SiteServer(
      name: description, address: address, responder: router.buildResponder(), logger: logger, onRunning: onRunning)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [issuer, sender] in await issuer.runHooks(through: sender) }
      defer { group.cancelAll() }
      try await server.run()
    }
    await client.close()
  }
}
