import Foundation
import HostileProvider
import Issuer
import Logging
import OAuth
import ServiceLifecycle
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Outbound
@testable import Web

/// An issuer on a real socket, with two people, two tenants and two apps.
struct IssuerSiteWorld {
  static let password = Secret("correct horse battery")
  static let redirectURI = "https://shop.example/callback"
  private static let migrated = MigratedDatabase(IssuerSchema.migrations)

  let issuer: Issuer
  let database: BreakableDatabase
  let port: Int
  let time: VirtualTime
  let client = OutboundClient()
  /// A confidential app that may leave PKCE out.
  let shop: RegisteredClient
  /// Another one.
  let other: RegisteredClient
  /// A public app on a person's own machine.
  let tool: RegisteredClient

  var base: String { "http://127.0.0.1:\(port)" }

  /// Serves while `act` runs. Ann is in both tenants, Ben in the first.
  static func serving(
    issuer address: String = "http://127.0.0.1:8443", proxies: Set<String> = [], origins: Set<String> = [],
    privateHooks: Bool = false, logger: Logger = .silent, adjust: (inout IssuerSettings) -> Void = { _ in },
    faults: (Issuer) -> FaultPlan = { _ in FaultPlan() },
    _ act: (IssuerSiteWorld) async throws -> Void
  ) async throws {
    let random = Randomness.seeded(7)
    let ring = try #require(KeyRing(file: KeyRing.newFile(random).exposed))
    let database = BreakableDatabase(try await migrated.copy())
    var settings = IssuerSettings(
      issuer: address, accessLifetime: .hours(24), refreshWindow: .days(183), codeLifetime: .seconds(60),
      passwordCost: PasswordCost(rounds: 16, blockSize: 8, parallelism: 1), refusalDelay: .zero,
      hooksReachPrivate: privateHooks)
    adjust(&settings)
    let time = VirtualTime()
    let issuer = Issuer(
      database: database, ring: ring, clock: time.clock, random: random, settings: settings,
      revocationLog: .inMemory, logger: logger)
    try await issuer.start()
    for tenant in ["Acme Shop", "Bright Books"] { _ = try await issuer.addTenant(name: tenant) }
    for name in ["Ann", "Ben"] {
      let email = "\(name.lowercased())@example.org"
      _ = try await issuer.addUser(email: email, name: "\(name) Lee", password: password)
      try await issuer.addMember(email: email, tenant: "Acme Shop")
    }
    try await issuer.addMember(email: "ann@example.org", tenant: "Bright Books")
    let shop = try await issuer.registerClient(
      ClientRegistration(name: "Shop <b>sync</b>", redirectURIs: [redirectURI], legacy: true))
    let other = try await issuer.registerClient(
      ClientRegistration(name: "Other", redirectURIs: ["https://other.example/cb"], legacy: true))
    let tool = try await issuer.registerClient(
      ClientRegistration(name: "Tool", redirectURIs: ["http://127.0.0.1/cb"], isPublic: true))

    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let site = try IssuerSite(
      issuer: issuer, address: ListenAddress(port: 0), origins: origins, isProxy: { proxies.contains($0) },
      faults: faults(issuer),
      logger: logger
    ) { running.yield($0) }
    try await Serving.run(site) {
      guard let port = await ports.first(where: { _ in true }) else { return }
      let world = IssuerSiteWorld(
        issuer: issuer, database: database, port: port, time: time, shop: shop, other: other, tool: tool)
      try await act(world)
      await world.client.close()
    }
  }
}

/// Runs a site for as long as a test needs it.
enum Serving {
  static func run(_ site: some Service, _ act: () async throws -> Void) async throws {
    let group = ServiceGroup(configuration: .init(services: [.init(service: site)], logger: .silent))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await act()) } catch { outcome = .failure(error) }
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
      try outcome.get()
    }
  }
}
