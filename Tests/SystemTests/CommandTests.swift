import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("commands") struct Commands {
    @Test("every subcommand explains itself")
    func help() async throws {
      try await Stage.open { stage in
        var open: [[String]] = [[]], seen = 0
        while let path = open.popLast() {
          let ending = try await stage.start(path + ["--help"]).ending()
          #expect(ending.status == 0, "\(path)")
          #expect(ending.output.contains("USAGE: "), "\(path)")
          #expect(ending.errors == "", "\(path)")
          seen += 1
          var isListing = false
          for line in ending.output.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasSuffix("SUBCOMMANDS:") { isListing = true } else if !line.hasPrefix("  ") { isListing = false }
            if isListing, let name = line.prefixMatch(of: /\x20\x20([a-z-]+)(?:\x20|$)/)?.1 {
              open.append(path + [String(name)])
            }
          }
        }
        #expect(seen > 25)
      }
    }

    @Test(
      "wrong use exits with 2 and shows the usage",
      arguments: [
        ["nonsense"], ["serve", "--port"], ["serve", "--port", "many"], ["connect"], ["token"],
        ["key", "add", "nightly"],
        ["key", "add", "nightly", "--connection", "shop"],
        ["key", "add", "nightly", "--connection", "shop", "--connection", "office", "--contacts"],
        ["key", "add", "nightly", "--connection", "shop", "--allow", "contacts"], ["contacts", "import"],
        ["contacts", "upsert", "--email", "nobody"], ["contacts", "import", "/dev/null"],
        ["issuer", "client", "add", "Shop"], ["issuer", "serve", "--access-lifetime", "soon"],
        ["demo", "--file", "/nowhere/at/all.csv"], ["scan"],
      ])
    func usage(_ arguments: [String]) async throws {
      try await Stage.open { stage in
        let ending = try await stage.start(arguments).ending()
        #expect(ending.status == 2, "\(ending.errors)")
        #expect(ending.output == "")
        #expect(ending.errors.contains("Usage: evergrant"))
      }
    }

    @Test("refused rows are named by line, and the rest goes on; again, nothing is made twice")
    func refusedRows() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keyFile = try await stage.addKey()
        let keeper = try await stage.startKeeper()
        let job = stage.job(keeper, keyFile: keyFile)
        let file = Project.file("Tests/SystemTests/Fixtures/samples/refused-rows.csv")
        let first = try await stage.evergrant("contacts", "import", file, "--json", environment: job)
        #expect(first.status == 3)
        let report = try first.decoded(ImportReport.self)
        #expect(report.rows == 12)
        #expect(report.created == 5)
        #expect(report.updated == 0)
        #expect(report.repeated == [.init(line: 13, sameAs: 2)])
        #expect(report.refused.map(\.line) == [3, 4, 5, 6, 9, 10])
        #expect(Set(report.warnings.map(\.line)) == [11, 12])
        #expect(report.refused.allSatisfy { !$0.reason.isEmpty })
        let again = try await stage.evergrant("contacts", "import", file, environment: job)
        #expect(again.status == 3)
        #expect(again.output.contains("12 rows: 0 created, 0 updated, 5 unchanged, 6 refused, 1 repeated"))
        for line in report.refused { #expect(again.output.contains("line \(line.line) refused: \(line.reason)\n")) }
      }
    }

    @Test("a dry run judges the file and calls nobody")
    func dryRun() async throws {
      try await Stage.open { stage in
        let file = Project.file("Tests/SystemTests/Fixtures/samples/refused-rows.csv")
        let ending = try await stage.evergrant("contacts", "import", file, "--dry-run", "--json")
        #expect(ending.status == 3)
        let report = try ending.decoded(ImportReport.self)
        #expect(report.rows == 12)
        #expect(report.created + report.updated + report.unchanged == 0)
        #expect(report.refused.map(\.line) == [3, 4, 5, 6, 9, 10])
        #expect(report.repeated == [.init(line: 13, sameAs: 2)])
      }
    }

    @Test("after a revocation every command says that a person is needed, and exits with 4")
    func revoked() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop(lifetime: 3)
        let keyFile = try await stage.addKey()
        let keeper = try await stage.startKeeper()
        #expect(try await stage.status().exit == 0)
        _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))

        let customers = Customers(name: "late", count: 3)
        try stage.write(customers.csv, to: stage.file("late.csv"))
        let job = stage.job(keeper, keyFile: keyFile)
        let importing = try await stage.evergrant("contacts", "import", stage.file("late.csv"), environment: job)
        #expect(importing.status == 4, "\(importing.errors)")
        #expect(importing.errors.contains("evergrant status") && !importing.errors.contains("Check the key"))
        #expect(!importing.errors.contains("Stopped"))
        let (status, exit) = try await eventually("status says that a person is needed") {
          let found = try await stage.status()
          return found.0.state == "needs_approval" ? found : nil
        }
        #expect(exit == 4)
        #expect(status.nextStep?.contains("evergrant reconnect shop") == true)
        let token = try await stage.evergrant("token", "shop", "--data", stage.keeperData)
        #expect(token.status == 4)
        #expect(token.errors.contains("evergrant reconnect shop"))
        #expect(token.output == "")

        // Approving again mends it, for the same key.
        try await stage.connect(as: ann)
        try await eventually("the same job with the same key goes through") {
          try await stage.evergrant("contacts", "import", stage.file("late.csv"), environment: job).status == 0
        }
        #expect(try await stage.status().exit == 0)
      }
    }

    @Test("a key that does not allow what a job asks for ends the job with exit status 6, and says so")
    func denied() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keyFile = try await stage.addKey(allowing: "GET /crm/rest/v2/contacts")
        let job = stage.job(try await stage.startKeeper(), keyFile: keyFile)
        let other = job.merging(["EVERGRANT_CONNECTION": "shp"]) { _, last in last }, told = stage.file("told.csv")
        try stage.write("email,tags\nann@example.org,VIP\nbob@example,\n", to: stage.file("rows.csv"))
        let wrong = try await stage.evergrant(
          ["contacts", "import", stage.file("rows.csv"), "--report", told], environment: other)
        #expect(wrong.status == 6 && wrong.output == "" && !FileManager.default.fileExists(atPath: told), "\(wrong)")
        #expect(wrong.errors.contains("not for this connection") && wrong.errors.split(separator: "\n").count == 1)
        let denied = try await stage.evergrant(
          "contacts", "upsert", "--email", "ann@example.org", "--json", environment: job)
        #expect(denied.status == 6, "\(denied.errors)")
        #expect(denied.errors.contains("not allowed"))
        #expect(denied.output.contains(#""code":"denied""#))
      }
    }

    @Test("a paste that is no answer, an answer to another question, and a denial are each refused in one sentence")
    func pastes() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop()
        func refused(_ words: String, _ answer: (String) async throws -> String) async throws {
          let ending = try await stage.paste("office", answer)
          #expect(ending.status == 1)
          let sentences = ending.errors.split(separator: "\n").filter { $0.hasPrefix("evergrant: ") }
          #expect(sentences.count == 1 && sentences[0].contains(words), "\(ending.errors)")
        }
        try await refused("no address with an answer in it") { _ in "I have approved" }
        try await refused("no address with an answer in it") { _ in "" }
        try await refused("no code and state in it") { _ in "http://127.0.0.1/callback?done=yes" }
        try await refused("does not belong to an approval begun here") { _ in
          "http://127.0.0.1/callback?code=evc_1&state=other&iss=\(stage.issuerAddress)"
        }
        try await refused("was declined") { try await ann.decide("deny", at: $0) }
        try await refused("names another issuer") {
          try await ann.approve($0).replacing("iss=http", with: "iss=https")
        }
        try await refused("refused the code") {
          try await ann.approve($0).replacing(/code=[^&]*/, with: "code=evc_1")
        }
        #expect(try await stage.paste("office") { try await ann.approve($0) }.status == 0)
      }
    }
  }
}
