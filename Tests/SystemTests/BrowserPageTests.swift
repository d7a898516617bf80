import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// The console and the account pages in a real Chromium; `Tests/SystemTests/Fixtures/browser/pages.py` says what is done there.
  @Suite("pages in a browser") struct BrowserPages {
    private struct Place: Encodable {
      var links: [String]
      var account: String
      var email: String
      var password: String
      var pictures: String?
    }

    @Test(
      "console and account pages work on desktop and phone, by keyboard alone, without JavaScript, and pass an accessibility audit"
    )
    func pages() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop()
        try await stage.connect("outlet", as: ann)
        let key = try stage.read(try await stage.addKey("nightly"))
        _ = try await stage.addKey("weekly")
        _ = try await stage.addKey("stock", connection: "outlet", allowing: "GET /crm/rest/v2/contacts")
        let keeper = try await stage.startKeeper()
        for path in ["contacts", "contacts", "contacts", "nowhere"] {
          _ = try await keeper.call("GET", "/crm/rest/v2/\(path)", key: key)
        }
        try await stage.succeed(["disconnect", "outlet", "--data", stage.keeperData])
        var links: [String] = []
        for _ in 0..<3 {
          let said = try await stage.succeed(
            ["console", "--control-port", "\(keeper.controlPort)", "--data", stage.keeperData])
          links.append(said.output.trimmingCharacters(in: .newlines))
        }
        let pictures = ProcessInfo.processInfo.environment["EVERGRANT_RECORD"].map { _ in Project.file("docs/pictures")
        }
        let place = Place(
          links: links, account: stage.issuerAddress + "/account", email: "ann@acme.example", password: Stage.password,
          pictures: pictures)
        let file = try stage.keep(String(decoding: JSONEncoder().encode(place), as: UTF8.self), as: "place")
        // Chromium makes a socket in its temporary folder, whose path may not be long.
        let ending = try await stage.run(
          Project.python, [Project.file("Tests/SystemTests/Fixtures/browser/pages.py"), file],
          environment: ["TMPDIR": "/tmp"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "the pages hold\n")
      }
    }
  }
}
