import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// Keap's own SDK for Python, as it is on PyPI; `Tests/SystemTests/Fixtures/sdk/keap_v2.py` says what it does and what must come back.
  @Suite("Keap's SDK") struct SDK {
    @Test(
      "the SDK for REST v2 works through the keeper with a key in place of its token, and at the issuer with a token")
    func v2() async throws {
      try #require(
        FileManager.default.isExecutableFile(atPath: Project.python), "The SDK is missing: run scripts/python-venv")
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let key = try await stage.addKey(
          allowing: "GET /crm/rest/v2/contacts", "POST /crm/rest/v2/contacts", "GET /crm/rest/v2/contacts/*",
          "PATCH /crm/rest/v2/contacts/*")
        let keeper = try await stage.startKeeper()
        let token = try stage.keep(try await stage.token().accessToken, as: "access token")
        for (base, credential) in [("\(keeper.address)/via/shop/crm", key), ("\(stage.issuerAddress)/crm", token)] {
          let ending = try await stage.run(
            Project.python, [Project.file("Tests/SystemTests/Fixtures/sdk/keap_v2.py"), base, credential])
          #expect(ending.status == 0, "\(ending.errors)")
          #expect(ending.output.contains(#""created": 1, "email""#))
        }
      }
    }
  }
}
