import Contacts
import Store

@testable import Issuer

/// Who is found by which match key, worked out anew from the rule as decision 37 has it: a contact has the keys of each of its
/// addresses under each of its names and with each of its companies; a key that is free goes to who comes to have it, and one
/// that becomes free to the oldest who has it.
struct MatchModel {
  struct Person {
    /// As the contact is now.
    var email: String?
    var slots: Set<String> = []
    var name: String
    var company: String
    /// As what it is known since merges.
    var formerEmails: Set<String> = []
    var formerNames: Set<String> = []
    var formerCompanies: Set<String> = []

    init(_ contact: Contact) {
      email = contact.email
      slots = Set(contact.emails.compactMap(\.email))
      (name, company) = (contact[.givenName] ?? "", contact.company?.name ?? "")
    }

    var emails: Set<String> { formerEmails.union(email.map { [$0] } ?? []) }
    var names: Set<String> { emails.isEmpty ? [] : formerNames.union([name]) }
    var companies: Set<String> { emails.isEmpty ? [] : formerCompanies.union([company]) }

    var keys: Set<MatchKey> {
      var keys: Set<MatchKey> = []
      for email in emails {
        for name in names {
          for company in companies {
            for rule in MatchRule.allCases {
              keys.insert(MatchKey(rule: rule, email: email, givenName: name, company: company))
            }
          }
        }
      }
      return keys
    }
  }

  private(set) var people: [Int64: Person] = [:]
  /// The keys that each has, whoever holds them.
  private var keys: [Int64: Set<MatchKey>] = [:]
  private(set) var holders: [MatchKey: Int64] = [:]

  mutating func add(_ record: ContactRecord) { bring(record.id, to: Person(record.contact)) }

  mutating func change(_ record: ContactRecord, _ change: ContactChange, as act: ContactAct) {
    guard let old = people[record.id] else { return }
    var new = Person(record.contact)
    (new.formerEmails, new.formerNames, new.formerCompanies) = (old.formerEmails, old.formerNames, old.formerCompanies)
    if act != .upsert {
      let isEmptied = !change.emails.isAbsent && new.slots.isEmpty
      new.formerEmails = isEmptied ? [] : old.formerEmails.subtracting(old.slots.subtracting(new.slots))
      if new.formerEmails.isEmpty { (new.formerNames, new.formerCompanies) = ([], []) }
    }
    bring(record.id, to: new)
  }

  /// - Parameter record: what became of both.
  mutating func merge(_ duplicate: Int64, into record: ContactRecord) {
    guard let first = people[record.id], let other = people[duplicate] else { return }
    var new = Person(record.contact)
    new.formerEmails = first.emails.union(other.emails)
    new.formerNames = first.names.union(other.names)
    new.formerCompanies = first.companies.union(other.companies)
    bring(record.id, to: new)
    for (key, holder) in holders where holder == duplicate { holders[key] = record.id }
    (people[duplicate], keys[duplicate]) = (nil, nil)
  }

  mutating func delete(_ id: Int64) { bring(id, to: nil) }

  /// Those who have a key, whoever holds it, the oldest first.
  func having(_ key: MatchKey) -> [Int64] { keys.filter { $0.value.contains(key) }.keys.sorted() }

  private mutating func bring(_ id: Int64, to new: Person?) {
    let (before, after) = (keys[id] ?? [], new?.keys ?? [])
    (people[id], keys[id]) = (new, new.map { _ in after })
    for key in before.subtracting(after) where holders[key] == id {
      holders[key] = keys.filter { $0.key != id && $0.value.contains(key) }.keys.min()
    }
    for key in after.subtracting(before) where holders[key] == nil { holders[key] = id }
  }
}

extension IssuerWorld {
  /// Whom the store finds by each match key of any tenant.
  func keyHolders() async throws -> [StoredKey: Int64] {
    let rows = try await database.read { try $0.rows("SELECT rule, value, contact_id FROM match_keys") }
    return Dictionary(
      uniqueKeysWithValues: try rows.map { row in
        (StoredKey(rule: try row["rule"], value: try row["value"]), try row["contact_id"])
      })
  }
}

struct StoredKey: Hashable {
  var rule: String
  var value: String

  init(rule: String, value: String) { (self.rule, self.value) = (rule, value) }
  init(_ key: MatchKey) { self.init(rule: key.rule.rawValue, value: key.value) }
}
