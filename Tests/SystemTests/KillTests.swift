import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  @Suite("kills") struct Kills {
    @Test("a keeper that is killed ten times in the midst of an import leaves every row there once")
    func kills() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop(lifetime: 30)
        // A row in each call, so that there are many moments to be killed at.
        let keyFile = try await stage.addKey(allowing: Stage.rowByRow)
        // Nobody else gets them while it is down.
        var keeper = try await stage.startKeeper(port: try await freePort(), controlPort: try await freePort())
        var contacts = Counting(stage: stage)
        var random = SeededGenerator(seed: 23)
        var atKill: [Int] = []
        let rounds = (1...10).map { Customers(name: "round\($0)", count: 400) }

        for (round, customers) in rounds.enumerated() {
          let file = stage.file(customers.name + ".csv")
          try stage.write(customers.csv, to: file)
          let job = stage.job(keeper, keyFile: keyFile)
          let before = try await contacts.count()
          let moment = Int.random(in: 1...120, using: &random)
          let first = try stage.start(["contacts", "import", file, "--json"], environment: job)
          try await eventually("\(moment) rows are written") { try await contacts.count() - before >= moment }
          try await keeper.program.kill()
          // Every second job outlives the keeper and goes on by itself, every other one dies with it.
          let goesOn = round.isMultiple(of: 2)
          if !goesOn { try await first.kill() }
          let written = try await contacts.count() - before
          #expect(written > 0 && written < customers.count, "round \(round): \(written) rows at the kill")

          atKill.append(written)
          keeper = try await stage.startKeeper(port: keeper.port, controlPort: keeper.controlPort)
          if goesOn { #expect(try await first.ending().status == 0) }
          let again = try await stage.succeed(["contacts", "import", file, "--json"], environment: job)
          let report = try again.decoded(ImportReport.self)
          #expect(report.rows == customers.count)
          #expect(report.refused == [])
          #expect(report.created + report.unchanged == customers.count)
          // A job that goes on where it was tells of the rows of before what it told then.
          if goesOn { #expect(report.unchanged == customers.count) }
          #expect(try await contacts.count() - before == customers.count)
        }

        let emails = try await contacts.emails()
        #expect(emails.count == rounds.map(\.count).reduce(0, +))
        #expect(Set(emails) == Set(rounds.flatMap { customers in (1...customers.count).map(customers.email) }))
        let (status, exit) = try await stage.status()
        #expect(status.state == "ok")
        #expect(exit == 0)
        print("rows of 400 written at each kill: \(atKill)")
      }
    }
  }

  /// Counts at the issuer itself, with a token of its own fetching.
  private struct Counting {
    let stage: Stage
    private var token = ""

    init(stage: Stage) { self.stage = stage }

    mutating func count() async throws -> Int {
      try await list("/crm/rest/v1/contacts?limit=1").decoded(ContactCount.self).count
    }

    mutating func emails() async throws -> [String] {
      struct Page: Decodable {
        var contacts: [ShownContact]
        var next_page_token: String?
      }
      var emails: [String] = [], next: String? = ""
      while let token = next {
        let query = "page_size=1000&fields=id,email_addresses" + (token.isEmpty ? "" : "&page_token=\(token)")
        let page = try await list("/crm/rest/v2/contacts?\(query)").decoded(Page.self)
        emails += page.contacts.map(\.email)
        next = page.contacts.isEmpty || page.next_page_token?.isEmpty != false ? nil : page.next_page_token
      }
      return emails
    }

    private mutating func list(_ path: String) async throws -> RawAnswer {
      for _ in 1...3 {
        let answer = try await stage.callAPI("GET", path, token: token)
        guard answer.status == 401 else { return answer }
        token = try await stage.token().accessToken
      }
      throw Missed("The issuer refuses fresh tokens")
    }
  }
}
