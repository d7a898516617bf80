import Foundation
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// Clients of XML-RPC as Debian has them; `Tests/SystemTests/Fixtures/xmlrpc/README.md` says what they do.
  @Suite("clients of XML-RPC") struct OldClients {
    /// A language's player, and how it shows a token at the issuer and a key at the keeper: each way is somebody's.
    struct Player: Sendable, CustomTestStringConvertible {
      var program: String
      var script: String
      var withToken: String
      var withKey: String
      var testDescription: String { program }

      static let all = [
        Player(program: "php", script: "play.php", withToken: "query", withKey: "argument"),
        Player(program: "python3", script: "play.py", withToken: "header", withKey: "query"),
        Player(program: "perl", script: "play.pl", withToken: "query", withKey: "header"),
        Player(program: "ruby", script: "play.rb", withToken: "header", withKey: "argument"),
      ]
    }

    /// A call of the story, as far as it says what must come.
    private struct Step: Decodable {
      var call: String
      var gives: JSON?
      var fault: Int?
      var says: String?
      var status: Int?
    }

    /// What a player prints of a call.
    private struct Line: Decodable, Equatable {
      var gives: JSON?
      var fault: Int?
      var says: String?
      var status: Int?

      func isWhatComes(of step: Step) -> Bool {
        let isSaid = step.says.map { says?.hasPrefix($0) == true } ?? (says == nil)
        return gives == step.gives && fault == step.fault && status == step.status && isSaid
      }
    }

    private static func fixture(_ name: String) -> String { Project.file("Tests/SystemTests/Fixtures/xmlrpc/\(name)") }

    @Test(
      "the same calls of an old client give the same through the keeper's bridge as at the issuer, and what is expected",
      arguments: Player.all)
    func story(_ player: Player) async throws {
      let steps = try JSONDecoder().decode(
        [Step].self, from: Data(contentsOf: URL(fileURLWithPath: Self.fixture("story.json"))))
      try await Stage.open { stage in
        // A tenant for each door, so that neither meets what the other has left.
        for tenant in ["Acme", "Bright"] { try await stage.addTenant(tenant) }
        try await stage.startIssuer()
        let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
        let other = try await stage.addPerson("ann@bright.example", in: "Bright")
        try await stage.addApp()
        try await stage.connect("straight", as: ann)
        try await stage.connect("bridged", as: other)
        let key = try await stage.addKey("old", connection: "bridged", allowing: "* /crm/rest/v2/**")
        let keeper = try await stage.startKeeper()
        let token = try stage.keep(try await stage.token("straight").accessToken, as: "access token")

        func play(at address: String, _ credential: String, _ place: String) async throws -> [Line] {
          let ending = try await stage.run(
            "/usr/bin/env",
            [
              player.program, Self.fixture(player.script), Self.fixture("story.json"), "\(address)/crm/xmlrpc/v1",
              credential, place,
            ])
          try #require(ending.status == 0, "\(ending.errors)\(ending.output)")
          #expect(ending.errors == "")
          return try ending.output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
          }
        }
        let straight = try await play(at: stage.issuerAddress, token, player.withToken)
        let bridged = try await play(at: keeper.address, key, player.withKey)
        #expect(straight.count == steps.count && bridged.count == steps.count)
        for (number, step) in steps.enumerated() where number < min(straight.count, bridged.count) {
          #expect(straight[number].isWhatComes(of: step), "\(number) \(step.call): \(straight[number])")
          #expect(bridged[number] == straight[number], "\(number) \(step.call): \(bridged[number])")
        }
      }
    }
  }
}
