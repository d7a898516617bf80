import Contacts
import TestKit
import Testing

@testable import Issuer

/// Contacts that are made, found, changed, merged and deleted at random, beside the model.
@Suite struct MatchModelTests {
  @Test("P43: whoever looks by whatever key finds whom the rule says, after any row of acts", arguments: UInt64(1)...24)
  func anyActs(seed: UInt64) async throws {
    var run = try await Run(seed: seed)
    for step in 1...40 {
      let act = try await run.step()
      let expected = Dictionary(uniqueKeysWithValues: run.model.holders.map { (StoredKey($0.key), $0.value) })
      let found = try await run.two.world.keyHolders()
      guard found == expected else {
        let wrong = Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }
        Issue.record("seed \(seed), step \(step), \(act): \(wrong.map(\.value).sorted().prefix(5))")
        return
      }
    }
  }

  @Test("P43: whoever looks by whatever key on our own routes is told all who have it", arguments: UInt64(1)...24)
  func allWhoHave(seed: UInt64) async throws {
    var run = try await Run(seed: seed)
    // More than are looked at one by one.
    for _ in 0..<9 { try await run.add(at: "a@shop.example") }
    for step in 1...25 {
      let act = try await run.step()
      for _ in 0..<4 { try await run.look("seed \(seed), step \(step), \(act)") }
    }
  }

  private struct Run {
    let two: TwoTenants
    var model = MatchModel()
    var random: SeededGenerator

    init(seed: UInt64) async throws {
      two = try await TwoTenants()
      random = SeededGenerator(seed: seed)
    }

    private static let emails = ["a@shop.example", "b@shop.example", "c@shop.example", "d@shop.example"]
    private static let names = ["Ann", "Ben", "Cy", nil]
    private static let companies = ["Bolt", "Nuts", "Acme", nil]

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
      elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// - Returns: what was done.
    mutating func step() async throws -> String {
      let ids = model.people.keys.sorted()
      let act = Int.random(in: 0..<12, using: &random)
      if ids.count < 2 || act < 2 { return try await create() }
      switch act {
      case 2..<5: return try await upsert()
      case 5..<8: return try await patch(pick(ids))
      case 8..<10: return try await merge(pick(ids), into: pick(ids))
      case 10:
        let id = pick(ids)
        try await two.issuer.deleteContact(id, by: two.caller)
        model.delete(id)
        return "delete \(id)"
      default: return try await changeCompany()
      }
    }

    /// - Parameter isWhole: whether all is said that a contact is matched by.
    private mutating func randomChange(isWhole: Bool) -> ContactChange {
      var change = ContactChange()
      if isWhole { change.phones = .set([PhoneNumber("1")]) }
      if isWhole || chance(60) {
        var emails: [EmailAddress] = []
        for slot in EmailAddress.Slot.allCases where chance(slot == .email1 ? 85 : 40) {
          emails.append(EmailAddress(pick(Self.emails), field: slot))
        }
        change.emails = .set(emails)
      }
      if isWhole || chance(40) { change[.givenName] = pick(Self.names).map(Change.set) ?? .null }
      if isWhole || chance(40) {
        change.company = pick(Self.companies).map { .set(CompanyReference(name: $0)) } ?? .null
      }
      return change
    }

    private mutating func create() async throws -> String {
      let record = try await two.issuer.createContact(randomChange(isWhole: true), check: KeapV2.check, by: two.caller)
      model.add(record)
      return "create \(record.id)"
    }

    mutating func add(at email: String) async throws {
      var change = randomChange(isWhole: true)
      change.emails = .set([EmailAddress(email)])
      model.add(try await two.issuer.createContact(change, check: KeapV2.check, by: two.caller))
    }

    /// Asks who has a key, while some companies are being given another name, or seem to be.
    mutating func look(_ when: String) async throws {
      let (email, name, company) = (pick(Self.emails), pick(Self.names), pick(Self.companies))
      let rule = pick(MatchRule.allCases)
      var change = ContactChange()
      change.emails = .set([EmailAddress(email)])
      change[.givenName] = name.map(Change.set) ?? .null
      change.company = company.map { .set(CompanyReference(name: $0)) } ?? .null
      let renaming = chance(40) ? "revision" : "NULL"
      try await two.world.database.write { db in try db.execute("UPDATE companies SET renaming = \(renaming)") }
      let outcome = try await UpsertWorld(two.world, two.caller).send([change], rule, isDryRun: true)[0]
      try await two.world.database.write { db in try db.execute("UPDATE companies SET renaming = NULL") }
      let key = MatchKey(rule: rule, email: email, givenName: name, company: company)
      let having = model.having(key)
      switch having.count {
      case 0: #expect(outcome == .created(nil), "\(when), \(key.value)")
      case 1: #expect(outcome.record?.id == having[0], "\(when), \(key.value)")
      default: #expect(outcome.conflict == .candidates(having, of: having.count), "\(when), \(key.value)")
      }
    }

    private mutating func upsert() async throws -> String {
      let (change, rule) = (randomChange(isWhole: true), pick(MatchRule.allCases))
      let key = change.email.map {
        MatchKey(
          rule: rule, email: $0, givenName: change[.givenName].value, company: change.company.value?.name)
      }
      let holder = key.flatMap { model.holders[$0] }
      let before = holder.flatMap { model.people[$0]?.email }
      let (record, outcome) = try await two.issuer.upsertContact(
        change, match: rule, check: KeapV2.check, by: two.caller)
      let act = "upsert \(key?.value ?? "-")"
      if let holder {
        #expect(record.id == holder && outcome != .created, "\(act)")
        if let before { #expect(record.contact.email == before, "\(act)") }
        model.change(record, change, as: .upsert)
      } else {
        #expect(outcome == .created, "\(act)")
        model.add(record)
      }
      return act
    }

    private mutating func patch(_ id: Int64) async throws -> String {
      var (change, act) = (randomChange(isWhole: false), chance(60) ? ContactAct.replace : .merge)
      if chance(25), let emails = try? await two.issuer.contact(id, by: two.caller).contact.emails {
        // The same addresses in other slots.
        let slots = EmailAddress.Slot.allCases.shuffled(using: &random)
        change.emails = .set(zip(emails, slots).map { EmailAddress($0.email ?? "", field: $1) })
        act = .replace
      }
      let record = try await two.issuer.updateContact(id, change, as: act, check: KeapV2.check, by: two.caller)
      model.change(record, change, as: act)
      return "patch \(id) \(act)"
    }

    private mutating func merge(_ duplicate: Int64, into id: Int64) async throws -> String {
      if duplicate == id { return "nothing" }
      let before = try await two.world.keyHolders()
      let record = try await two.issuer.mergeContact(duplicate, into: id, by: two.caller)
      let after = try await two.world.keyHolders()
      for (key, holder) in before { #expect(after[key] == (holder == duplicate ? id : holder), "\(key.value)") }
      model.merge(duplicate, into: record)
      return "merge \(duplicate) into \(id)"
    }

    /// Gives a company another name, or deletes it.
    private mutating func changeCompany() async throws -> String {
      let (name, new) = (pick(["Bolt", "Nuts", "Acme"]), pick(["Bolt", "Nuts", "Acme", nil]))
      let company = try await two.issuer.company(named: name, creating: false, by: two.caller)?.id
      guard let company else { return "nothing" }
      if let new {
        var change = CompanyChange()
        change.name = .set(new)
        do { _ = try await two.issuer.updateCompany(company, change, as: .merge, by: two.caller) } catch {
          guard case .nameTaken = error else { throw error }
        }
      } else {
        try await two.issuer.deleteCompany(company, by: two.caller)
      }
      for id in model.people.keys.sorted() {
        model.change(try await two.issuer.contact(id, by: two.caller), ContactChange(), as: .merge)
      }
      return "\(name) becomes \(new ?? "nothing")"
    }
  }
}
