import Hummingbird
import Issuer
import Logging
import OAuth
import ServiceLifecycle

/// The issuer on HTTP: the pages where people approve, the endpoints of OAuth, and the API that speaks Keap's.
package struct IssuerSite: Service, CustomStringConvertible {
  let issuer: Issuer
  let pages: Pages
  private let address: ListenAddress
  private let logger: Logger
  private let onRunning: @Sendable (Int) async -> Void

  /// - Parameter onRunning: called with the port when requests are accepted.
  package init(
    issuer: Issuer, address: ListenAddress, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws {
    self.issuer = issuer
    self.address = address
    self.logger = logger
    self.onRunning = onRunning
    pages = try Pages()
  }

  package var description: String { "issuer site" }

  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package func run() async throws {
    try await SiteServer(
      name: description, address: address, responder: routes().buildResponder(), logger: logger, onRunning: onRunning
    ).run()
  }
}
