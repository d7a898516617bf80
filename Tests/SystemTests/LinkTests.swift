import Foundation
import TestKit
import Testing

extension RealPrograms {
  @Suite("links") struct Links {
    @Test("K33: where public-url does not fit an app's redirect URI all say so, and once it fits a new link is made")
    func links() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let address = "https://keeper.example", environment = ["EVERGRANT_PUBLIC_URL": address]
        let asked = ["reconnect", "shop", "--link", "--data", stage.keeperData]
        let none = try await stage.evergrant(asked, environment: [:])
        #expect(none.status == 1 && none.errors.contains("public-url"))
        let command = "evergrant client add app --replace --redirect-uri \(address)/callback"
        func words(_ ending: Program.Ending) -> String {
          (ending.output + ending.errors).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        for arguments in [asked, ["doctor", "--data", stage.keeperData]] {
          let ending = try await stage.evergrant(arguments, environment: environment)
          #expect(ending.status == 1 && words(ending).contains(command), "\(arguments): \(words(ending))")
        }
        let check = try await stage.evergrant(
          ["config", "check"], environment: environment.merging(["EVERGRANT_DATA": stage.keeperData]) { $1 })
        #expect(check.status == 1 && words(check).contains(command), "\(words(check))")

        try await stage.succeed([
          "client", "add", "app", "--replace", "--redirect-uri", "\(address)/callback", "--secret-file",
          stage.secrets + "/secret of app", "--data", stage.keeperData,
        ])
        let made = try await stage.succeed(asked, environment: environment)
        #expect(made.output.hasPrefix("\(address)/approve/") && made.errors.contains("ann@acme.example"))
        let other = try await stage.succeed(asked, environment: environment)
        #expect(other.output != made.output)
      }
    }
  }
}
