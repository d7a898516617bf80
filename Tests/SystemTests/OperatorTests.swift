import Foundation
import NetworkKit
import Store
import TestKit
import Testing

extension RealPrograms {
  /// What somebody types who was woken at 03:00.
  @Suite("operator") struct Operator {
    private struct Verified: Decodable {
      struct Report: Decodable {
        var events: Int
        var head: String?
        var expected: Int?
      }
      var version: Int
      var holds: Bool
      var report: Report
    }

    @Test(
      "status, refresh, why and audit tell of a grant that is well, in lines that fit a terminal, and tell no secret")
    func well() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop()
        let data = ["--data", stage.keeperData]
        var told: [String] = []
        func run(_ arguments: String..., exit: Int32 = 0) async throws -> String {
          let ending = try await stage.start(arguments + data).ending()
          #expect(ending.status == exit, "\(arguments): \(ending.errors)")
          told.append(ending.output)
          return ending.output
        }
        let missed = "No server runs on this data: calls with keys get no answer, and nothing is refreshed."
        // With a grant to keep alive, and no job yet.
        #expect(try await run("status", exit: 1).hasPrefix(missed))
        _ = try await stage.addKey()
        #expect(try await run("status", "shop", exit: 1).hasPrefix(missed))
        #expect(try await run("status", "--check", exit: 1).hasPrefix(missed))
        #expect(try await stage.evergrant(["doctor"] + data, environment: [:]).output.contains("server: " + missed))
        let server = try await stage.startKeeper()
        let status = try await run("status", "shop")
        for words in ["shop: ok", "ann@acme.example for acme", "person needed", "next refresh", "nightly, never used"] {
          #expect(status.contains(words), "\(status)")
        }
        #expect(try await run("status", "--check") == "")
        let examined = try await stage.evergrant(["doctor"] + data, environment: [:])
        #expect(examined.output.contains("A server runs on this data."))
        _ = try await server.program.terminate()
        _ = try await run("status", "nobody", exit: 1)

        #expect(try await run("refresh", "shop").contains("is not due before"))
        let first = try await stage.token().accessToken
        #expect(try await run("refresh", "shop", "--force").contains("shop is refreshed"))
        let keeper = try await stage.startKeeper()
        #expect(try await run("refresh", "shop", "--force").contains("shop is refreshed"))
        #expect(try await stage.grants(of: app).rotations == 2)
        #expect(keeper.program.isRunning)

        let why = try await run("why", "shop")
        for words in ["Approved by ann@acme.example", "API key nightly added.", "Refreshed 2 times", "shop: ok"] {
          #expect(why.contains(words), "\(why)")
        }
        let events = try await run("audit")
        #expect(events.split(separator: "\n").count == 4)
        #expect(try await run("audit", "--connection", "nobody") == "")
        #expect(try await run("check", "shop").contains("not quarantined"))
        _ = try await run("trust", "shop", exit: 1)
        _ = try await run("trust", "shop", "--gone", "1-ABCDEF01", exit: 1)
        let verified = try await run("audit", "--verify")
        #expect(verified.contains("The chain holds: 4 events"))

        for line in told.joined(separator: "\n").split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        let secrets = [first, try await stage.token().accessToken]
        for secret in secrets { #expect(!told.joined().contains(secret)) }
      }
    }

    @Test("the remedy for a client that is refused works as it is written, and keeps what is not given anew")
    func clientReplaced() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop()
        let right = stage.secrets + "/secret of app", wrong = stage.secrets + "/wrong"
        try stage.write("not the secret\n", to: wrong)
        func replace(_ file: String) async throws {
          try await stage.succeed([
            "client", "add", "app", "--replace", "--secret-file", file, "--data", stage.keeperData,
          ])
        }
        try await replace(wrong)
        let refused = try await stage.evergrant("refresh", "shop", "--force", "--data", stage.keeperData)
        #expect(refused.status != 0 && refused.output.contains("evergrant client add app --replace"), "\(refused)")
        try await replace(right)
        try await stage.succeed(["refresh", "shop", "--force", "--data", stage.keeperData])
        #expect(try await stage.grants(of: app).rotations == 1)
        let nobody = try await stage.evergrant(
          "client", "add", "nobody", "--replace", "--public", "--data", stage.keeperData)
        #expect(nobody.status == 1 && nobody.errors.contains("There is no client nobody"), "\(nobody.errors)")
        #expect(try await stage.succeed(["client", "list", "--data", stage.keeperData]).output.contains(app))
      }
    }

    @Test("a data folder that is named and not there is not made by looking at it")
    func misspelt() async throws {
      try await Stage.open { stage in
        let folder = stage.file("keepr")
        for command in [["status"], ["status", "--check"], ["why", "shop"]] {
          let ending = try await stage.evergrant(command + ["--data", folder], environment: [:])
          #expect(ending.status == 1 && ending.errors.contains("There is no data at \(folder)"), "\(ending)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
      }
    }

    @Test(
      "a grant that was revoked is told of by the commands, with exit status 4, and reconnect mends it with its keys")
    func revoked() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop()
        let keyFile = try await stage.addKey("nightly", allowing: "GET /crm/**")
        let keeper = try await stage.startKeeper()
        _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))
        let refresh = try await stage.evergrant("refresh", "shop", "--force", "--data", stage.keeperData)
        #expect(refresh.status == 4, "\(refresh.errors)")
        #expect(refresh.output.contains("another program holds this grant"))
        let check = try await stage.evergrant("status", "--check", "--data", stage.keeperData)
        #expect(check.status == 4)
        #expect(check.output.hasPrefix("shop: needs a person: "))
        #expect(check.output.contains("evergrant reconnect shop"))
        let why = try await stage.evergrant("why", "shop", "--data", stage.keeperData)
        #expect(why.status == 0)
        #expect(why.output.contains("A person is needed: "))

        let program = try stage.start(["reconnect", "shop", "--data", stage.keeperData])
        _ = try await HTTP.send("GET", try await ann.approve(try await Stage.link(in: program)))
        let ending = try await program.ending()
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("shop is connected again: ann@acme.example approved for acme"))
        #expect(ending.output.contains("nightly"))
        #expect(try await stage.status().exit == 0)
        let key = try stage.read(keyFile)
        try await eventually("calls go through again, within a second") {
          try await keeper.call("GET", "/crm/rest/v2/contacts?page_size=1", key: key).status == 200
        }

        // Another person takes nothing over unasked.
        let ben = try await stage.addPerson("ben@acme.example", in: "Acme")
        let other = try stage.start(["reconnect", "shop", "--data", stage.keeperData])
        _ = try await HTTP.send("GET", try await ben.approve(try await Stage.link(in: other)))
        let refused = try await other.ending()
        #expect(refused.status == 1)
        #expect(refused.errors.contains("--replace-tenant"))
      }
    }

    @Test("after an old backup was put back, status, check and trust say why nothing is refreshed and what to decide")
    func restored() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let backup = stage.file("backup")
        try copyDatabase(from: stage.keeperData, to: backup)
        for _ in 1...2 { try await stage.succeed(["refresh", "shop", "--force", "--data", stage.keeperData]) }
        try copyDatabase(from: backup, to: stage.keeperData)

        let (status, exit) = try await stage.status()
        #expect(status.state == "quarantined" && status.mustAct && exit == 4)
        #expect(status.trouble?.contains("older than its witness") == true, "\(status.trouble ?? "")")
        let refresh = try await stage.evergrant("refresh", "shop", "--force", "--data", stage.keeperData)
        #expect(refresh.status == 4)
        let check = try await stage.evergrant("check", "--all", "--data", stage.keeperData)
        #expect(check.status == 1)
        #expect(check.output.contains("shop: it cannot be told yet"))
        let offered = try await stage.evergrant("trust", "shop", "--offered", "--data", stage.keeperData)
        #expect(offered.status == 1)
        #expect(offered.errors.contains("Nothing newer is offered"))
        let why = try await stage.evergrant("why", "shop", "--data", stage.keeperData)
        #expect(why.output.contains("Set apart"))
        let trusted = try await stage.succeed(["trust", "shop", "--data", stage.keeperData])
        #expect(trusted.output.contains("shop is refreshed again, with what is stored."))
        #expect(try await stage.status().0.state == "ok")
        let none = try await stage.evergrant("trust", "--all", "--data", stage.keeperData)
        #expect(none.status == 0 && none.output.trimmingCharacters(in: .newlines) == "")
        #expect(try await stage.start(["trust"]).ending().status == 2)
        #expect(try await stage.start(["trust", "shop", "--offered", "--gone", "1"]).ending().status == 2)
      }
    }

    @Test("audit --verify names the event that was edited, and a head noted before tells whether it is still there")
    func audit() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        _ = try await stage.addKey()
        let verify = ["audit", "--verify", "--json", "--data", stage.keeperData]
        let before = try await stage.succeed(verify).decoded(Verified.self)
        let head = try #require(before.report.head)
        #expect(before.version == 1 && before.holds && before.report.events == 2)
        try await stage.succeed(["refresh", "shop", "--force", "--data", stage.keeperData])
        let later = try await stage.succeed(verify + ["--expect", head]).decoded(Verified.self)
        #expect(later.holds && later.report.events == 3 && later.report.expected == 2)

        let database = try SQLite(path: stage.keeperData + "/keeper.sqlite")
        try await database.write { try $0.execute("UPDATE events SET detail = 'API key other added' WHERE id = 2") }
        let edited = try await stage.evergrant("audit", "--verify", "--data", stage.keeperData)
        #expect(edited.status == 1)
        #expect(edited.output.contains("The chain breaks at event 2"), "\(edited.output)")
        #expect(try await stage.start(["audit", "--expect", head]).ending().status == 2)
        #expect(try await stage.start(["audit", "--verify", "--expect", "abc"]).ending().status == 2)
      }
    }

    private func copyDatabase(from: String, to: String) throws {
      let files = FileManager.default
      try files.createDirectory(atPath: to, withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: to) where name.hasPrefix("keeper.sqlite") {
        try files.removeItem(atPath: to + "/" + name)
      }
      for name in try files.contentsOfDirectory(atPath: from) where name.hasPrefix("keeper.sqlite") {
        try files.copyItem(atPath: from + "/" + name, toPath: to + "/" + name)
      }
    }
  }
}
