import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// Keap's own SDK for Python, as it is on PyPI; the scripts in `Tests/SystemTests/Fixtures/sdk` say what they do and what must
  /// come back.
  @Suite("Keap's SDK") struct SDK {
    @Test(
      "the SDK for REST v2 works through the keeper with a key in place of its token, and at the issuer with a token")
    func v2() async throws {
      try await Self.run(
        "keap_v2.py",
        key: {
          try await $0.addKey(
            allowing: "GET /crm/rest/v2/contacts", "POST /crm/rest/v2/contacts", "GET /crm/rest/v2/contacts/*",
            "PATCH /crm/rest/v2/contacts/*")
        }
      ) { ending in
        #expect(ending.output.contains(#""created": 1, "email""#))
      }
      #expect(try DocumentTable.libraries().steps(of: Self.column, by: "evergrant") == Self.steps)
    }

    private static let column = "Keap's SDK for v2"
    /// What its two scripts do, in the words of docs/rehearsing.md.
    private static let steps: Set = ["calls", "every other refusal is an error", "every method of it that is there"]

    @Test("P27: Keap's SDK works at an issuer that plays Keap as it does at any other, where no limit counts")
    func strict() async throws {
      try #require(
        FileManager.default.isExecutableFile(atPath: Project.python), "The SDK is missing: run scripts/python-venv")
      try await Stage.open { stage in
        try await stage.addTenant("Acme")
        // It calls more often in a second than Keap allows, and waits for none.
        try await stage.startIssuer(["--as", "keap", "--app-limits", "none", "--tenant-limits", "none"])
        let token = try stage.keep(try await Self.token(stage), as: "access token")
        for script in ["keap_v2.py", "every_method.py"] {
          let ending = try await stage.run(
            Project.python,
            [Project.file("Tests/SystemTests/Fixtures/sdk/\(script)"), "\(stage.issuerAddress)/crm", token])
          #expect(ending.status == 0, "\(script): \(ending.errors)")
          if script == "every_method.py" { #expect(try ending.decoded(Methods.self).failed.isEmpty) }
        }
      }
      #expect(try DocumentTable.libraries().steps(of: Self.column, by: "keap") == Self.steps)
    }

    /// An access token by Keap's rules, as its own SDKs get one: without PKCE, and with the code's request in the body.
    private static func token(_ stage: Stage) async throws -> String {
      struct Answer: Decodable { var access_token: String }
      let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
      let redirect = "https://shop.example/cb", file = stage.secrets + "/app secret"
      let added = try await stage.succeed([
        "issuer", "client", "add", "Shop", "--legacy", "--redirect-uri", redirect, "--secret-file", file, "--data",
        stage.issuerData,
      ])
      let id = added.output.trimmingCharacters(in: .newlines)
      let back = try await ann.approve(
        "\(stage.issuerAddress)/app/oauth/authorize?client_id=\(id)&redirect_uri=\(redirect)")
      let code = URLComponents(string: back)?.queryItems?.first { $0.name == "code" }?.value ?? ""
      let answer = try await HTTP.send(
        "POST", stage.issuerAddress + "/token", headers: [("Content-Type", "application/x-www-form-urlencoded")],
        body: "grant_type=authorization_code&client_id=\(id)&client_secret=\(try stage.read(file))&code=\(code)"
          + "&redirect_uri=\(redirect)")
      try #require(answer.status == 200, "\(answer.body)")
      return try answer.decoded(Answer.self).access_token
    }

    /// What `every_method.py` tells.
    struct Methods: Decodable {
      var methods: Int
      var passed: Int
      var refused: [String: String]
      var failed: [String: String]
    }

    @Test(
      """
      every method of the SDK for contacts, companies, tags, custom fields, notes, tasks, addresses and users brings back what \
      was put in, through the keeper and at the issuer, but for those that are refused with a reason
      """)
    func everyMethod() async throws {
      try await Self.run(
        "every_method.py",
        key: {
          try await $0.addKey(
            allowing: "GET /crm/rest/v2/**", "POST /crm/rest/v2/**", "PATCH /crm/rest/v2/**", "DELETE /crm/rest/v2/**")
        }
      ) { ending in
        let told = try ending.decoded(Methods.self)
        #expect(told.failed.isEmpty)
        #expect(told.passed + told.refused.count == told.methods)
        print("methods of Keap's SDK: \(told.passed) of \(told.methods) pass, \(told.refused.count) are refused")
      }
    }

    /// Runs a script with the keeper's address and a key, and with the issuer's address and a token.
    private static func run(
      _ script: String, key: (Stage) async throws -> String, then check: (Program.Ending) throws -> Void
    ) async throws {
      try #require(
        FileManager.default.isExecutableFile(atPath: Project.python), "The SDK is missing: run scripts/python-venv")
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let key = try await key(stage)
        let keeper = try await stage.startKeeper()
        let token = try stage.keep(try await stage.token().accessToken, as: "access token")
        for (base, credential) in [("\(keeper.address)/via/shop/crm", key), ("\(stage.issuerAddress)/crm", token)] {
          let ending = try await stage.run(
            Project.python, [Project.file("Tests/SystemTests/Fixtures/sdk/\(script)"), base, credential])
          #expect(ending.status == 0, "\(ending.errors)")
          try check(ending)
        }
      }
    }
  }
}
