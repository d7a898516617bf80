import ArgumentParser
import Operator
import Store
import Wire

struct ConsoleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console", abstract: "Print a link that signs a browser in to the operator's pages, once.",
    discussion: """
      The pages show how each connection is and what calls with which key; on them a
      key is revoked, a connection paused and approved again. They are at /console of
      the control plane, which listens on this machine alone. From another machine,
      first: ssh -L \(forward) SERVER

      The link is good for ten minutes and works once; the session that it begins
      lasts twelve hours.
      """.flowing)

  /// The usual port of the control plane, as ssh takes it to that port here.
  private static var forward: String {
    let port = Settings.table.controlPort.usualText
    return "\(port):\(Settings.table.host.usualText):\(port)"
  }

  @OptionGroup var data: DataOptions
  @Option(\.host) var host: String?
  @Option(\.controlPort) var controlPort: Int?

  func run() async throws {
    let settings = try Settings()
    let host = try settings.required(\.host, flag: host)
    let port = try settings.required(\.controlPort, flag: controlPort)
    let folder = try data.folderAsItIs
    guard FolderSight(folder.path) != .missing else {
      throw Denied(
        "There is no data at \(folder.path). Run this as the user who runs evergrant serve, or name the folder with --data."
      )
    }
    let link = try await data.desk().issueConsoleLink()
    if let words = try await data.folder.serverOnceUp().words { say(words) }
    say("Open this in a browser, within ten minutes:")
    print("http://\(Origin.authority(host: host, port: port))/console/enter/\(link.exposed)")
  }
}
