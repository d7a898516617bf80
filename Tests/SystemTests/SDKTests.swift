import Foundation
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
