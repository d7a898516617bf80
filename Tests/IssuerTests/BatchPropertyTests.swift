import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct BatchPropertyTests {
  @Test("P45: a batch leaves what single upserts one after another leave", arguments: UInt64(1)...40)
  func equalsSingles(seed: UInt64) async throws {
    var dice = SeededGenerator(seed: seed)
    let rule = MatchRule.allCases.randomElement(using: &dice) ?? .email
    let one = try await UpsertWorld(seed: seed), two = try await UpsertWorld(seed: seed)
    let before = (0..<Int.random(in: 0...8, using: &dice)).map { _ in Self.change(&dice) }
    let noes = ["a@shop.example", "x@shop.example"].filter { _ in Bool.random(using: &dice) }
    for batch in [one, two] {
      for change in before { _ = try await batch.create(change) }
      for email in noes {
        _ = try await batch.world.issuer.changeEmailStatus(
          of: email, EmailStatusChange(optsIn: false, reason: "no"), by: batch.caller)
      }
      batch.world.time.advance(by: .minutes(1))
    }
    for _ in 0..<3 {
      let changes = (0..<Int.random(in: 1...12, using: &dice)).map { _ in Self.change(&dice) }
      let outcomes = try await one.send(changes, rule)
      for (change, outcome) in zip(changes, outcomes) {
        switch outcome {
        case .conflict: continue
        case .refused: Issue.record("\(outcome) of \(change)")
        case .created, .updated, .unchanged:
          let single = try await two.world.issuer.upsertContact(
            change, match: rule, check: KeapV2.check, by: two.caller)
          #expect(single.outcome.rawValue == outcome.word)
        }
      }
      #expect(try await Self.picture(one) == Self.picture(two))
      for batch in [one, two] { batch.world.time.advance(by: .minutes(1)) }
    }
  }

  @Test("P46: batches of the same new addresses at once make one contact each", arguments: [false, true])
  func race(onFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("issuer.sqlite")
    let batch = try await UpsertWorld(database: onFile ? SQLite(path: path) : nil)
    var places = [batch]
    if onFile {
      // Another process.
      var elsewhere = batch
      elsewhere.world.database = try SQLite(path: path)
      elsewhere.world = try await elsewhere.world.restarted()
      places.append(elsewhere)
    }
    let outcomes = try await withThrowingTaskGroup(of: [ItemOutcome].self) { group in
      for number in 0..<16 {
        let place = places[number % places.count]
        group.addTask {
          try await place.send((0..<25).map { UpsertWorld.person("p\($0)@shop.example", "N\(number)") })
        }
      }
      return try await group.reduce(into: [ItemOutcome]()) { $0 += $1 }
    }
    #expect(outcomes.count { $0.word == "created" } == 25)
    #expect(outcomes.count { $0.word == "updated" } == 15 * 25)
    #expect(Set(outcomes.compactMap { $0.record?.id }).count == 25)
    #expect(try await batch.contactCount == 25)
  }

  /// A contact of few names, addresses and companies, so that many meet.
  private static func change(_ dice: inout SeededGenerator) -> ContactChange {
    func pick(_ texts: [String]) -> String { texts.randomElement(using: &dice) ?? "" }
    func maybe() -> Bool { Bool.random(using: &dice) }
    var change = ContactChange()
    var emails = [EmailAddress(pick(["a", "b", "c", "d", "e", "f", "g", "h", "B", "C"]) + "@shop.example")]
    if maybe() { emails[0].optInReason = pick(["asked", "bought", ""]) }
    if maybe() {
      emails.append(EmailAddress(pick(["x@shop.example", "y@shop.example", "a@shop.example", ""]), field: .email2))
      if maybe() { emails[1].optInReason = pick(["asked", "bought"]) }
    }
    change.emails = .set(emails)
    if maybe() { change[.givenName] = .set(pick(["Ann", "ANN", "Bea", ""])) }
    if maybe() { change[.familyName] = .set(pick(["Ample", "Young"])) }
    if maybe() { change[.jobTitle] = maybe() ? .null : .set(pick(["Buyer", "Clerk"])) }
    if maybe() { change.company = .set(CompanyReference(name: pick(["Bolt", "bolt ", "Nuts", ""]))) }
    if maybe() { change.phones = .set([PhoneNumber(pick(["555 100", "555 200"]))]) }
    return change
  }

  /// What is stored, with contacts by the order in which they were made and companies by their names: numbers may have gaps.
  private static func picture(_ batch: UpsertWorld) async throws -> [String] {
    try await batch.world.database.read { db in
      var lines: [String] = []
      var ranks: [Int64: Int] = [:]
      for row in try db.rows("SELECT * FROM contacts ORDER BY id") {
        let id: Int64 = try row["id"]
        ranks[id] = ranks.count
        var contact = try Contact(stored: row["document"] as [UInt8])
        contact.company?.id = nil
        let (created, updated): (Timestamp, Timestamp) = (try row["created_at"], try row["updated_at"])
        let revision: Int64 = try row["revision"]
        let text = String(decoding: contact.stored, as: UTF8.self)
        lines.append("contact \(text) \(revision) \(created.milliseconds) \(updated.milliseconds)")
      }
      for (table, columns) in [("match_keys", ["rule", "value"]), ("contact_values", ["field", "value"])] {
        for row in try db.rows("SELECT * FROM \(table)") {
          let texts = try columns.map { try row[$0] as String }
          lines.append("\(table) \(texts) \(ranks[try row["contact_id"]] ?? -1)")
        }
      }
      for row in try db.rows("SELECT * FROM email_statuses") {
        lines.append(
          "status \(try row["email"] as String) \(try row["status"] as String) \(try row["reason"] as String? ?? "-")")
      }
      for row in try db.rows("SELECT name FROM companies") { lines.append("company \(try row["name"] as String)") }
      return lines.sorted()
    }
  }
}
