import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("signals") struct Signals {
    private func open(_ act: (Stage, Relay, _ ann: Browser, _ app: String) async throws -> Void) async throws {
      let port = try await freePort()
      let relay = try await Relay.start(to: port)
      try await Stage.open(issuerPort: port, issuerAddress: relay.address) { stage in
        let (ann, app) = try await stage.openShop()
        try await act(stage, relay, ann, app)
      }
    }

    private func journals(of stage: Stage) throws -> [String] {
      let folder = stage.keeperData + "/journal"
      guard FileManager.default.fileExists(atPath: folder) else { return [] }
      return try FileManager.default.contentsOfDirectory(atPath: folder)
    }

    @Test(
      "K29: a command that is told to end while the provider is slow lands what is under way first",
      arguments: [SIGTERM, SIGINT])
    func refresh(_ number: Int32) async throws {
      try await open { stage, relay, _, app in
        relay.holdAnswers()
        let command = try stage.start(["refresh", "shop", "--force", "--data", stage.keeperData])
        try await eventually("the issuer has answered") { relay.isHolding }
        command.signal(number)
        relay.releaseAnswers()
        let ending = try await command.ending()
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(try await stage.grants(of: app).rotations == 1)
        #expect(try await stage.token().generation == 2)
        #expect(try journals(of: stage) == [])
      }
    }

    @Test("K29, K2: an approval whose command is told to end while its code is redeemed is stored, and its person told")
    func approval() async throws {
      try await open { stage, relay, ann, app in
        let command = try stage.start(["reconnect", "shop", "--data", stage.keeperData])
        let location = try await ann.approve(try await Stage.link(in: command))
        relay.holdAnswers()
        async let page = HTTP.send("GET", location)
        try await eventually("the issuer has answered") { relay.isHolding }
        command.signal(SIGTERM)
        relay.releaseAnswers()
        let ending = try await command.ending()
        #expect(ending.status == 128 + SIGTERM, "\(ending.errors)")
        #expect(ending.errors.contains("shop is connected"))
        #expect(try await page.body.contains("Thank you"))
        #expect(try await stage.grants(of: app).living == 2)
        #expect(try await stage.token().generation == 2)
        #expect(try journals(of: stage) == [])
      }
    }

    @Test("K33: whoever approves for another tenant is told so at the browser, and the approval does not stand")
    func otherTenant() async throws {
      try await open { stage, _, ann, app in
        try await stage.addTenant("Rival")
        let bob = try await stage.addPerson("bob@rival.example", in: "Rival")
        let command = try stage.start(["reconnect", "shop", "--data", stage.keeperData])
        let location = try await bob.approve(try await Stage.link(in: command))
        let page = try await HTTP.send("GET", location).body
        #expect(page.contains("Not connected") && page.contains("acme") && !page.contains("Thank you"), "\(page)")
        #expect(try await command.ending().status == 1)
        #expect(try await bob.accountPage().approvals == [])
        #expect(try await ann.accountPage().approvals.count == 1)
        #expect(try await stage.token().generation == 1)
      }
    }
  }
}
