import Foundation
import NetworkKit
import TestKit

/// The issuer's side of a stage: its server and what its operator does.
extension Stage {
  /// With what encoding loses most easily: blanks, signs of forms and paths, and letters beyond ASCII.
  static let password = "Käse & Brot = 100% gut/+?"

  @discardableResult
  func startIssuer(_ options: [String] = []) async throws -> Program {
    let program = try start(
      ["issuer", "serve", "--data", issuerData, "--port", "\(issuerPort)", "--base-url", issuerAddress] + options)
    _ = try await program.says(/evergrant issuer serves/)
    return program
  }

  func addTenant(_ name: String) async throws {
    let taken = try await ContinuousClock().measure {
      try await succeed(["issuer", "tenant", "add", name, "--data", issuerData])
    }
    noteCommand(taken)
  }

  /// A person who can sign in.
  func addPerson(_ email: String, in tenants: String...) async throws -> Browser {
    let file = try keep(Self.password, as: "password of \(email)")
    let name = email.prefix { $0 != "@" }.capitalized
    try await succeed(
      ["issuer", "user", "add", email, "--name", name, "--password-file", file, "--data", issuerData]
        + tenants.flatMap { ["--tenant", $0] })
    return Browser(email, password: Self.password, issuer: issuerAddress)
  }

  /// Registers an app at the issuer and stores its credentials at the keeper.
  ///
  /// - Returns: its id at the issuer.
  @discardableResult
  func addApp(_ name: String = "Shop portal", client: String = "app") async throws -> String {
    let redirect = "http://127.0.0.1/callback"
    let file = secrets + "/secret of \(client)"
    let added = try await succeed(
      ["issuer", "client", "add", name, "--redirect-uri", redirect, "--secret-file", file, "--data", issuerData])
    let id = added.output.trimmingCharacters(in: .newlines)
    try await succeed([
      "client", "add", client, "--provider", "evergrant", "--base-url", issuerAddress, "--client-id", id,
      "--secret-file", file, "--redirect-uri", redirect, "--data", keeperData,
    ])
    return id
  }

  /// The usual beginning: the issuer runs, and Ann of Acme has approved the connection `shop`.
  ///
  /// - Parameter lifetime: seconds after which an access token ends, at the pace of a machine that is not busy.
  func openShop(_ options: String..., lifetime: Int? = nil) async throws -> (ann: Browser, app: String) {
    try await addTenant("Acme")
    try await startIssuer(options + (lifetime.map { ["--access-lifetime", "\(stretched($0))s"] } ?? []))
    let ann = try await addPerson("ann@acme.example", in: "Acme")
    let app = try await addApp()
    try await connect(as: ann)
    return (ann, app)
  }

  struct Grants: Decodable, Equatable {
    var living: Int
    var ended: Int
    var rotations: Int64
  }

  /// The issuer's count of an app's approvals and refreshes.
  func grants(of app: String) async throws -> Grants {
    try await succeed(["issuer", "grants", app, "--json", "--data", issuerData]).decoded(Grants.self)
  }

  /// Calls the API itself, past the keeper.
  func callAPI(_ method: String, _ path: String, token: String, body: String? = nil) async throws -> RawAnswer {
    var headers = [(name: "Authorization", value: "Bearer \(token)")]
    if body != nil { headers.append(("Content-Type", "application/json")) }
    return try await HTTP.send(method, issuerAddress + path, headers: headers, body: body)
  }
}
