import Contacts
import Store

/// The contacts that each of many keys matches. A match key's row in the store names one of them; here all of them count, since
/// of several none is taken (law P43).
struct MatchedContacts {
  private var holders: [MatchKey: KeyHolders] = [:]
  /// Those that are the only ones of their keys, among others.
  private var kept: [Int64: Kept<ContactRecord>] = [:]

  func count(of key: MatchKey) -> Int { holders[key]?.count ?? 0 }

  /// At most ``ItemConflict/most``, the oldest first.
  func oldest(of key: MatchKey) -> [Int64] { holders[key]?.oldest ?? [] }

  func only(of key: MatchKey) -> Kept<ContactRecord>? {
    count(of: key) == 1 ? oldest(of: key).first.flatMap { kept[$0] } : nil
  }

  fileprivate init(_ keys: [MatchKey], in shelf: TenantContacts) throws {
    let byEmail = Dictionary(grouping: Set(keys), by: \.email)
    let emails = byEmail.keys.sorted()
    // Whoever was merged is looked at whole, and so are those who have an address with few others.
    let merged = try shelf.merged(ofEmails: emails)
    let (few, crowded) = try shelf.people(ofEmails: emails)
    kept = try shelf.keptOfMany(Set(few.values.joined()).union(merged.values.joined()))
    var alone: Set<Int64> = []
    for (email, keys) in byEmail {
      let ids = Set(few[email] ?? []).union(merged[email] ?? [])
      for key in keys {
        let found = ids.filter { kept[$0]?.record.contact.hasKey(key) ?? false }
        if crowded.contains(email) {
          // Those of the found who have the key of their own are among its owners.
          let more = found.filter { kept[$0]?.record.contact.matchKey(key.rule) != key }
          let all = try shelf.owners(of: key).joined(by: more)
          holders[key] = all
          if all.count == 1 { alone.formUnion(all.oldest) }
        } else if !found.isEmpty {
          holders[key] = KeyHolders().joined(by: found)
        }
      }
    }
    kept.merge(try shelf.keptOfMany(alone.subtracting(kept.keys))) { first, _ in first }
  }
}

extension TenantContacts {
  func matched(_ keys: [MatchKey]) throws -> MatchedContacts { try MatchedContacts(keys, in: self) }

  /// Whoever has one of the addresses in EMAIL1, where few have it; and the addresses that more have. A tenant may have a great
  /// many contacts of one address.
  ///
  /// - Parameter emails: in normal form.
  fileprivate func people(ofEmails emails: [String]) throws -> (few: [String: [Int64]], crowded: Set<String>) {
    var few: [String: [Int64]] = [:]
    var (several, crowded): ([String], Set<String>) = ([], [])
    let counted = try rows(
      "SELECT email, COUNT(*) AS count, MIN(id) AS id FROM contacts WHERE tenant_id = ", "email", emails,
      "GROUP BY email")
    for row in counted {
      let (email, count): (String, Int) = (try row["email"], try row["count"])
      switch count {
      case 1: few[email] = [try row["id"]]
      case ...Self.mostLookedAt: several.append(email)
      default: crowded.insert(email)
      }
    }
    for row in try rows("SELECT id, email FROM contacts WHERE tenant_id = ", "email", several) {
      let email: String = try row["email"]
      few[email, default: []].append(try row["id"])
    }
    return (few, crowded)
  }

  /// Those who were merged and have one of the addresses, now or before.
  fileprivate func merged(ofEmails emails: [String]) throws -> [String: [Int64]] {
    let select =
      "SELECT contact_id, value FROM contact_values WHERE field = '\(SearchField.mergedEmail.name)' AND tenant_id = "
    var merged: [String: [Int64]] = [:]
    for row in try rows(select, "value", emails) {
      let email: String = try row["value"]
      merged[email, default: []].append(try row["contact_id"])
    }
    return merged
  }

  /// How many contacts of one address are read whole.
  private static let mostLookedAt = 4

  private func rows(_ select: String, _ column: String, _ texts: [String], _ end: String = "") throws -> [Row] {
    guard !texts.isEmpty else { return [] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let list = bindings.list(texts)
    return try db.rows("\(select)\(tenant) AND \(column) IN (\(list)) \(end)", values: bindings.values)
  }

  func keptOfMany(_ ids: Set<Int64>) throws -> [Int64: Kept<ContactRecord>] {
    var (kept, rest): ([Int64: Kept<ContactRecord>], ArraySlice<Int64>) = ([:], ids.sorted()[...])
    while !rest.isEmpty {
      kept.merge(try self.kept(Array(rest.prefix(Self.mostAtOnce)))) { first, _ in first }
      rest = rest.dropFirst(Self.mostAtOnce)
    }
    return kept
  }

  /// An engine takes so many values in a statement and not many more.
  private static let mostAtOnce = 1000

  /// The companies that have these numbers, and those of these names by their normal forms.
  func companies(_ ids: [Int64], named names: [String]) throws -> [CompanyReference] {
    let found = try selected("id, name FROM companies WHERE tenant_id", "id", ids)
    let named = try rows("SELECT id, name FROM companies WHERE tenant_id = ", "normal_name", names)
    return try (found + named).map { CompanyReference(id: try $0["id"], name: try $0["name"]) }
  }
}
