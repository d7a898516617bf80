import Foundation
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// Libraries for Python with which apps speak OAuth, as they are on PyPI; the scripts in `Tests/SystemTests/Fixtures/oauth` say
  /// what they do and what must come back.
  @Suite("OAuth clients") struct OAuthClients {
    /// What a script tells.
    private struct Told: Decodable {
      var library: String
      var passed: [String]
    }

    @Test(
      """
      a library of OAuth gets, uses, refreshes and gives up an approval with PKCE, and knows each refusal for what it is, at our \
      own addresses and at Keap's
      """, arguments: ["with_requests_oauthlib.py", "with_authlib.py", "with_httpx_oauth.py"], ["evergrant", "keap"])
    func library(script: String, dialect: String) async throws {
      let told = try await Self.run(script, dialect)
      guard dialect == "evergrant" else { return }
      #expect(try DocumentTable.libraries().steps(of: told.library, by: "evergrant") == Set(told.passed))
    }

    @Test(
      "P27: what of a library of OAuth works at an issuer that plays Keap is what docs/rehearsing.md says",
      arguments: ["with_requests_oauthlib.py", "with_authlib.py", "with_httpx_oauth.py"])
    func strict(script: String) async throws {
      let told = try await Self.run(script, "strict", serving: ["--as", "keap"])
      #expect(try DocumentTable.libraries().steps(of: told.library, by: "keap") == Set(told.passed))
    }

    private static func run(_ script: String, _ dialect: String, serving options: [String] = []) async throws -> Told {
      try #require(
        FileManager.default.isExecutableFile(atPath: Project.python),
        "The libraries are missing: run scripts/python-venv")
      return try await Stage.open { stage in
        try await stage.addTenant("Acme")
        try await stage.startIssuer(options)
        _ = try await stage.addPerson("ann@acme.example", in: "Acme")
        let redirect = "https://shop.example/cb", file = stage.secrets + "/app secret"
        let added = try await stage.succeed([
          "issuer", "client", "add", "Shop portal", "--redirect-uri", redirect, "--secret-file", file, "--data",
          stage.issuerData,
        ])
        let place: JSON = [
          "dialect": .string(dialect), "issuer": .string(stage.issuerAddress), "redirect_uri": .string(redirect),
          "client_id": .string(added.output.trimmingCharacters(in: .newlines)),
          "client_secret": .string(try stage.read(file)), "email": "ann@acme.example",
          "password": .string(Stage.password),
        ]
        let ending = try await stage.run(
          Project.python,
          [
            Project.file("Tests/SystemTests/Fixtures/oauth/\(script)"), try stage.keep(place.text, as: "place"),
          ], environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        try #require(ending.status == 0, "\(ending.errors)")
        return try ending.decoded(Told.self)
      }
    }
  }
}
