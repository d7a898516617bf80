import ArgumentParser
import Foundation
import Logging
import Operator
import ServiceLifecycle
import Store
import Synchronization
import Wire

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Keep the grants alive and let jobs call through their keys.",
    discussion: """
      Jobs call \(Settings.table.url.usualText)/via/CONNECTION/… with an API key in
      Authorization: Bearer, X-API-Key or X-Keap-API-Key. The control plane has
      /livez, /readyz, /v1/connections, /v1/token/CONNECTION and /console, the
      operator's pages, which evergrant console opens. Both listen on this machine
      alone; with --remote-port and a certificate jobs on other machines call by
      TLS. With --public-url an alert that needs a person carries a link by which
      the approver approves on a phone: let your web server pass that address to the
      port of --public-port, which has the pages for it and nothing else, and
      register the address with /callback as redirect URI at the provider and with
      evergrant client add.

      A service manager that asks by NOTIFY_SOCKET is told when calls are taken, and
      when the server is stopping.
      """.flowing)

  @OptionGroup var data: DataOptions
  @OptionGroup var planes: ListeningOptions
  @Flag(\.verbose) var verbose: Bool
  @Flag(help: "Print the ports in JSON when ready.") var json = false

  func run() async throws {
    let settings = try Settings()
    let listening = try listening(settings)
    let logger = Logger.standardError(try settings.isOn(\.verbose, flag: verbose) ? .debug : .info)
    let folder = try data.folder
    let starting = Mutex<FileLock?>(try folder.beginStarting())
    let keeper = try await folder.keeper(logger: logger)
    let presence = try folder.beginServing()
    if let address = listening.publicAddress {
      for obstacle in try await keeper.desk.linkObstacles(at: address) {
        say(Paragraph.wrapped(obstacle, indentation: 2))
      }
    }
    let channels = AlertChannels(logger: logger)
    let alerts = keeper.desk.alerts(address: listening.publicAddress)
    let watch = AlertWatch(book: alerts, clock: .system, logger: logger) { try channels.make($0, $1) }
    let manager = ServiceManager(logger: logger)
    let server = KeeperServer(keeper: keeper, listening: listening, alerts: watch, hasConsole: true, logger: logger)
    let notice = Mutex<FileLock?>(nil)
    defer { folder.forgetOrigin() }
    let services = try await server.services { [json] ports in
      let control = "http://\(Origin.authority(host: listening.host, port: ports.controlPort))"
      // Without it others see that this server runs, and not whether it answers.
      do { try notice.withLock { $0 = try folder.tellOrigin(control) } } catch { say("\(error)") }
      starting.withLock { $0 = nil }
      if json, let text = try? JSONText.answer(ports) { print(text) }
      say(
        "evergrant serves: jobs call http://\(Origin.authority(host: listening.host, port: ports.port))/via/CONNECTION/…"
      )
      fflush(nil)
      manager.tell(.ready)
    }
    // What comes last is shut down first.
    try await ServiceGroup(
      services: services + [StoppingNotice(manager: manager)], gracefulShutdownSignals: [.sigterm, .sigint],
      logger: logger
    ).run()
    withExtendedLifetime(presence) {}
    notice.withLock { $0 = nil }
  }

  /// Judges what is set before anything is opened; `config check` judges by it too.
  func listening(_ settings: Settings) throws -> Listening {
    // Root becomes the user who will read the certificate's key.
    _ = try data.folderAsItIs
    return try planes.listening(settings)
  }
}
