import Foundation
import NetworkKit
import TestKit

/// The keeper's side of a stage: its server, its connections and keys.
extension Stage {
  /// `evergrant serve`, and where it is.
  struct Keeper: Sendable {
    var program: Program
    var port: Int
    var controlPort: Int
    var remotePort: Int?
    var address: String { "http://127.0.0.1:\(port)" }

    /// Calls the API as a job does, with a key.
    func call(
      _ method: String, _ path: String, key: String, connection: String = "shop", body: String? = nil
    ) async throws -> RawAnswer {
      var headers = [(name: "X-API-Key", value: key)]
      if body != nil { headers.append(("Content-Type", "application/json")) }
      return try await HTTP.send(method, "\(address)/via/\(connection)\(path)", headers: headers, body: body)
    }
  }

  private struct Ports: Decodable {
    var port: Int
    var controlPort: Int
    var remotePort: Int?
  }

  func startKeeper(port: Int = 0, controlPort: Int = 0, options: [String] = []) async throws -> Keeper {
    let program = try start(
      ["serve", "--json", "--data", keeperData, "--port", "\(port)", "--control-port", "\(controlPort)"] + options)
    let line = try await program.says(/\{"controlPort".*\}/).output
    let ports = try JSONDecoder().decode(Ports.self, from: Data(line.utf8))
    return Keeper(program: program, port: ports.port, controlPort: ports.controlPort, remotePort: ports.remotePort)
  }

  /// Lets a person approve through the loopback callback.
  @discardableResult
  func connect(
    _ name: String = "shop", as person: Browser, client: String = "app", tenant: String? = nil
  ) async throws -> Program.Ending {
    let program = try start(["connect", name, "--client", client, "--data", keeperData])
    let link = try await Self.link(in: program)
    _ = try await HTTP.send("GET", try await person.approve(link, tenant: tenant))
    let ending = try await program.ending()
    guard ending.status == 0 else { throw Missed("connect ended with \(ending.status): \(ending.errors)") }
    return ending
  }

  /// Lets a person approve and pastes what `answer` makes of the address that the browser ended on.
  func paste(
    _ name: String = "shop", client: String = "app", _ answer: (_ link: String) async throws -> String
  ) async throws -> Program.Ending {
    let program = try start(["connect", name, "--client", client, "--paste", "--data", keeperData], isAnswered: true)
    let link = try await Self.link(in: program)
    try program.answer(try await answer(link))
    return try await program.ending()
  }

  static func link(in program: Program) async throws -> String {
    String(try await program.says(/(http:[^\s]*\/oauth\/authorize\?[^\s]*)\n/).1)
  }

  /// What a key may do from before rows of an import went many in one call.
  static let rowByRow = "* /crm/rest/**"

  /// Makes a key that may do what the rules say, or without any all that an import needs.
  ///
  /// - Returns: the file that holds the key.
  func addKey(
    _ name: String = "nightly", connection: String = "shop", allowing rules: String...
  ) async throws -> String {
    let path = secrets + "/key of \(name)"
    try await succeed(
      ["key", "add", name, "--connection", connection, "--key-file", path, "--data", keeperData]
        + (rules.isEmpty ? ["--contacts"] : rules.flatMap { ["--allow", $0] }))
    return path
  }

  struct Token: Decodable {
    var accessToken: String
    var generation: Int64
    var expiresAt: Int64

    /// Whether its time has passed.
    var isOver: Bool { Int64(Date().timeIntervalSince1970 * 1000) > expiresAt }
  }

  func token(_ connection: String = "shop") async throws -> Token {
    try await succeed(["token", connection, "--json", "--data", keeperData]).decoded(Token.self)
  }

  struct Listing: Decodable {
    var version: Int
    var connections: [Status]
  }

  struct Status: Decodable {
    var name: String
    var state: String
    var served: Bool
    var mustAct: Bool
    var generation: Int64
    var accessUntil: Int64?
    var personNeededBy: Int64?
    var trouble: String?
    var nextStep: String?
  }

  /// What `evergrant status` says, and the code that it exits with.
  func status(_ connection: String = "shop") async throws -> (Status, exit: Int32) {
    let ending = try await evergrant("status", "--json", "--data", keeperData)
    guard let status = try ending.decoded(Listing.self).connections.first(where: { $0.name == connection }) else {
      throw Missed("status does not know \(connection): \(ending.output)")
    }
    return (status, ending.status)
  }

  /// What a job has in its environment.
  func job(_ keeper: Keeper, keyFile: String, connection: String = "shop") -> [String: String] {
    ["EVERGRANT_URL": keeper.address, "EVERGRANT_KEY_FILE": keyFile, "EVERGRANT_CONNECTION": connection]
  }
}
