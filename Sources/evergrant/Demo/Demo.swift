import Foundation
import Issuer
import Jobs
import Keeper
import Logging
import OAuth
import Outbound
import ServiceLifecycle
import Store
import Web
import Wire

/// The whole bargain once, on loopback, in a temporary folder.
struct Demo {
  var files: [DemoFile]
  var stays: Bool
  var reporter: DemoReporter

  /// Short, so that an expiry can be watched.
  private static let accessLifetime = Duration.seconds(4)
  private static let connection = "shop"

  func run() async throws {
    let folder = try DataFolder.passing("demo")
    let presence = try folder.beginServing()
    defer {
      try? FileManager.default.removeItem(atPath: folder.path)
      withExtendedLifetime(presence) {}
    }
    let logger = Logger.standardError(.critical)

    let issuerPort = try await FreePort.find()
    var settings = try IssuerSettings(.usual, address: "http://127.0.0.1:\(issuerPort)")
    settings.accessLifetime = Self.accessLifetime
    let issuer = try await Issuer.open(folder, settings, logger: logger)
    // The keeper's data ends with the demo, so nothing of it is marked outside the folder.
    let keeper = try await folder.keeper(surroundings: .unknown, logger: logger)
    let (issuerListens, isListening) = AsyncStream<Void>.makeStream()
    let site = try IssuerSite(
      issuer: issuer, address: ListenAddress(port: issuerPort), logger: logger, onRunning: { _ in isListening.yield() })
    let (keeperListens, isReady) = AsyncStream<KeeperServer.Ports>.makeStream()
    let server = KeeperServer(keeper: keeper, listening: .anyPorts, logger: logger)
    // Services are shut down from the last, so the issuer is still there for what the keeper has begun.
    let group = ServiceGroup(
      services: [IssuerMaintenance(issuer: issuer), site] + (try await server.services { isReady.yield($0) }),
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)

    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      _ = await issuerListens.first { true }
      guard let ports = await keeperListens.first(where: { _ in true }) else { return try await tasks.waitForAll() }
      let stage = Stage(
        folder: folder, issuer: issuer, keeper: keeper, jobAddress: "http://127.0.0.1:\(ports.port)",
        control: "http://127.0.0.1:\(ports.controlPort)")
      do {
        try await play(on: stage)
      } catch {
        await group.triggerGracefulShutdown()
        throw error
      }
      if !stays { await group.triggerGracefulShutdown() }
      try await tasks.waitForAll()
    }
  }

  private struct Stage {
    var folder: DataFolder
    var issuer: Issuer
    var keeper: Keeper
    /// What a job is told.
    var jobAddress: String
    var control: String
    var keyFile: String { folder.file("nightly.key") }
    var issuerAddress: String { issuer.settings.issuer }
  }

  private func play(on stage: Stage) async throws {
    reporter.report(
      "start",
      "Both sides run on this machine: the issuer at \(stage.issuerAddress), the keeper at \(stage.jobAddress).")
    let (clientID, person) = try await setUp(stage)
    var ann = person
    try await approve(stage, &ann)
    let upsert = try await makeKey(stage)
    for (number, file) in files.enumerated() { try await importing(file, stage, upsert, again: number == 0) }
    try await expire(stage, clientID)
    try await revoke(stage, &ann)
    guard stays else {
      return try reporter.finish(addresses(stage), closing: "All of it ran here, and nothing is left behind.")
    }
    try await approve(stage, &ann)
    try reporter.finish(
      addresses(stage),
      closing: """
        Both keep running until you press Control-C.
          account page   \(stage.issuerAddress)/account   (\(ann.email), the password is in \(stage.folder.file("password")))
          a job's call   curl -H "X-API-Key: $(cat \(stage.keyFile))" '\(stage.jobAddress)/via/\(Self.connection)/crm/rest/v2/contacts?page_size=3'
          status         evergrant status --data \(stage.folder.path)
        """)
  }

  private func addresses(_ stage: Stage) -> [String: String] {
    [
      "issuer": stage.issuerAddress, "keeper": stage.jobAddress, "control": stage.control, "data": stage.folder.path,
      "keyFile": stage.keyFile,
    ]
  }

  /// The issuer's side: a tenant, a person in it, and the app that will ask.
  private func setUp(_ stage: Stage) async throws -> (clientID: String, Person) {
    let password = Secret(Base64URL.encode(Randomness.system.bytes(12)))
    try DataFolder.writePrivately(password.exposed + "\n", to: stage.folder.file("password"))
    _ = try await stage.issuer.addTenant(name: "Acme")
    _ = try await stage.issuer.addUser(email: "ann@acme.example", name: "Ann", password: password)
    try await stage.issuer.addMember(email: "ann@acme.example", tenant: "Acme")
    let app = try await stage.issuer.registerClient(
      ClientRegistration(name: "Shop portal", redirectURIs: ["http://127.0.0.1/callback"]))
    try await stage.keeper.desk.addClient(
      "app", provider: "evergrant", baseURL: stage.issuerAddress, clientID: app.clientID, secret: app.secret,
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    reporter.report(
      "client", "The app “Shop portal” is registered at the issuer; the keeper has its id and, sealed, its secret.")
    return (app.clientID, Person(email: "ann@acme.example", password: password))
  }

  private func approve(_ stage: Stage, _ person: inout Person) async throws {
    let callback = try await LoopbackCallback.listen()
    let attempt = try await stage.keeper.desk.beginConnecting(
      Self.connection, client: "app", redirectURI: callback.redirectURI)
    async let answer = callback.wait(timeout: .seconds(30))
    let location = try await person.approve(attempt.address)
    async let page = OutboundClient().send("GET", location)
    let arrival = try await answer
    let status = try await stage.keeper.desk.finishConnecting(Self.connection, fields: arrival.fields)
    await arrival.show("Thank you", "\(Self.connection) is connected.")
    _ = try await page
    reporter.report(
      "approve",
      "Ann signed in and approved, once, on the issuer's own pages: \(Self.connection) is connected for \(status.tenant ?? "").",
      ["generation": Int(status.generation)])
  }

  private func makeKey(_ stage: Stage) async throws -> ContactUpsert {
    let rules = APIKey.Rule.contacts
    let key = try await stage.keeper.desk.addKey(
      "nightly", connection: Self.connection, rules: rules, handsOutTokens: false)
    try DataFolder.writePrivately(key.exposed + "\n", to: stage.keyFile)
    reporter.report(
      "key", "The job “nightly” got an API key that may do \(rules.count) things, and nothing else.",
      ["rules": rules.count])
    let upstream = try HTTPUpstream(base: "\(stage.jobAddress)/via/\(Self.connection)", credential: .apiKey(key))
    return ContactUpsert(ContactAPI(upstream: upstream, clock: .system), match: .email)
  }

  private func importing(_ file: DemoFile, _ stage: Stage, _ upsert: ContactUpsert, again: Bool) async throws {
    for round in again ? ["import", "again"] : ["import"] {
      var report = CustomerImport.Report(), notes: [String] = []
      try await CustomerImport(upsert, match: .email).run(try file.chunks(), report: &report) { row, _ in
        notes += row.notes
      }
      let opening =
        round == "import"
        ? "The job imported \(file.name) with nothing but that key" : "It imported the same file again"
      reporter.report(
        round, "\(opening): \(report.summary).",
        [
          "rows": report.rows, "created": report.created, "updated": report.updated, "unchanged": report.unchanged,
          "refused": report.refused, "warnings": report.warnings,
        ])
      for note in notes + report.notes(isDry: false, to: Self.connection) { reporter.report("row", note) }
    }
  }

  /// Waits, with nobody there, until the token that is in use now has died and the keeper has another.
  private func expire(_ stage: Stage, _ clientID: String) async throws {
    let old = try await stage.keeper.token(for: Self.connection)
    let clock = WallClock.system
    while clock.now() < old.until { try await clock.sleep(.milliseconds(100)) }
    let fresh = try await stage.keeper.token(for: Self.connection)
    let refreshes = Int(fresh.generation - 1)
    let counted = Int(try await stage.issuer.rotations(ofClient: clientID))
    let answer = try await call(stage)
    reporter.report(
      "refresh",
      "The access token expired and was refreshed with nobody there: refreshes so far \(refreshes) by the keeper's count, "
        + "\(counted) by the issuer's; the job's next call got \(answer).",
      ["keeperRefreshes": refreshes, "issuerRotations": counted, "status": answer])
  }

  private func revoke(_ stage: Stage, _ person: inout Person) async throws {
    let count = try await person.revokeEverything(at: stage.issuerAddress)
    reporter.report("revoke", "Ann revoked the approval on her account page.", ["revoked": count])
    let answer = try await call(stage)
    reporter.report("refused", "The job's very next call was refused with \(answer).", ["status": answer])
    let clock = WallClock.system
    let deadline = clock.now() + .seconds(15)
    var status = try await stage.keeper.desk.status(Self.connection)
    while status.state == "ok", clock.now() < deadline {
      try await clock.sleep(.milliseconds(100))
      status = try await stage.keeper.desk.status(Self.connection)
    }
    reporter.report(
      "status",
      "Status says “\(status.state.rawValue)”: \(status.trouble ?? "nothing"). \(status.nextStep ?? "")",
      ["needsApproval": status.state == "needs_approval" ? 1 : 0])
  }

  /// - Returns: the status of one call with the job's key.
  private func call(_ stage: Stage) async throws -> Int {
    let key = try SecretInput.read(file: stage.keyFile, prompt: "key")
    let upstream = try HTTPUpstream(base: "\(stage.jobAddress)/via/\(Self.connection)", credential: .apiKey(key))
    return try await upstream.send(UpstreamRequest("GET", "/crm/rest/v2/contacts?page_size=1")).status
  }
}
