import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// A page of another origin in a real Chromium; `Tests/SystemTests/Fixtures/browser/origins.py` says what it tries.
  @Suite("pages of other origins in a browser") struct BrowserOrigins {
    @Test(
      "a page calls the API and the token endpoint from an origin that is let in, without cookies, and from no other")
    func origins() async throws {
      try await Stage.open { stage in
        let (letIn, keptOut) = (try await freePort(), try await freePort())
        _ = try await stage.openShop(
          "--allow-origin", "https://shop.example", "--allow-origin", "http://127.0.0.1:\(letIn)")
        let place: JSON = [
          "issuer": .string(stage.issuerAddress), "token": .string(try await stage.token().accessToken),
          "let_in": .integer(Int64(letIn)), "kept_out": .integer(Int64(keptOut)),
        ]
        // Chromium makes a socket in its temporary folder, whose path may not be long.
        let ending = try await stage.run(
          Project.python,
          [Project.file("Tests/SystemTests/Fixtures/browser/origins.py"), try stage.keep(place.text, as: "place")],
          environment: ["TMPDIR": "/tmp"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "the origins hold\n")
      }
    }
  }
}
