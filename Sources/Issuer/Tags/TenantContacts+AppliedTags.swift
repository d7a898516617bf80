import Contacts
import Store

/// Which contact and which company has which tag, and since when.
extension TenantContacts {
  /// The tags of each contact or company that has one, in the order of their numbers.
  func tagIDs(of bearer: TagBearer, _ ids: [Int64]) throws -> [Int64: [Int64]] {
    let column = bearer.column
    var tags: [Int64: [Int64]] = [:]
    for row in try selected("\(column) AS id, tag_id FROM \(bearer.table) WHERE tenant_id", column, ids) {
      tags[try row["id"], default: []].append(try row["tag_id"])
    }
    return tags.mapValues { $0.sorted() }
  }

  /// Applies each tag to each contact, and says of each pair, contact by contact, what came of it. A tag that a contact has
  /// keeps the time at which it was applied.
  func apply(_ tags: [Int64], toContacts contacts: [Int64]) throws -> [TagOutcome] {
    let (knownTags, knownContacts) = (try known("tags", tags), try known("contacts", contacts))
    var had = try applied(tags, toContacts: contacts)
    var counts = try tagCounts(ofContacts: contacts)
    var outcomes: [TagOutcome] = []
    for contact in contacts {
      for tag in tags {
        guard knownContacts.contains(contact) else {
          outcomes.append(.contactNotFound)
          continue
        }
        guard knownTags.contains(tag) else {
          outcomes.append(.tagNotFound)
          continue
        }
        guard had.insert(AppliedPair(tag: tag, contact: contact)).inserted else {
          outcomes.append(.duplicate)
          continue
        }
        guard counts[contact, default: 0] < TagBearer.mostTags else {
          had.remove(AppliedPair(tag: tag, contact: contact))
          outcomes.append(.failure)
          continue
        }
        counts[contact, default: 0] += 1
        outcomes.append(try insert(tag, .contacts, contact) ? .success : .duplicate)
      }
    }
    return outcomes
  }

  /// Applies a tag to a company, which may have it already.
  func apply(_ tag: Int64, toCompany id: Int64) throws {
    try requireCompany(id)
    _ = try requiredTag(tag)
    guard try insert(tag, .companies, id) else { return }
    let count = try db.row(
      "SELECT COUNT(*) AS count FROM company_tags WHERE tenant_id = $1 AND company_id = $2", tenant, id)
    guard try count.orMissing("count")["count"] <= TagBearer.mostTags else {
      throw ContactFault.invalid("A company has at most \(TagBearer.mostTags) tags")
    }
  }

  /// Takes each tag from each contact or company. What is not there is no matter.
  func remove(_ tags: [Int64], from bearer: TagBearer, _ ids: [Int64]) throws {
    guard !tags.isEmpty, !ids.isEmpty else { return }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let (tags, ids) = (bindings.list(tags), bindings.list(ids))
    _ = try db.execute(
      """
      DELETE FROM \(bearer.table)
      WHERE tenant_id = \(tenant) AND \(bearer.column) IN (\(ids)) AND tag_id IN (\(tags))
      """, values: bindings.values)
  }

  private struct AppliedPair: Hashable {
    var tag: Int64
    var contact: Int64
  }

  /// - Returns: whether it was not there yet.
  private func insert(_ tag: Int64, _ bearer: TagBearer, _ id: Int64) throws -> Bool {
    try db.execute(
      """
      INSERT INTO \(bearer.table) (tenant_id, \(bearer.column), tag_id, applied_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (tenant_id, \(bearer.column), tag_id) DO NOTHING
      """, tenant, id, tag, now) == 1
  }

  private func applied(_ tags: [Int64], toContacts contacts: [Int64]) throws -> Set<AppliedPair> {
    guard !tags.isEmpty, !contacts.isEmpty else { return [] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let (tags, contacts) = (bindings.list(tags), bindings.list(contacts))
    let rows = try db.rows(
      """
      SELECT contact_id, tag_id FROM contact_tags
      WHERE tenant_id = \(tenant) AND contact_id IN (\(contacts)) AND tag_id IN (\(tags))
      """, values: bindings.values)
    return Set(try rows.map { AppliedPair(tag: try $0["tag_id"], contact: try $0["contact_id"]) })
  }

  private func tagCounts(ofContacts ids: [Int64]) throws -> [Int64: Int] {
    guard !ids.isEmpty else { return [:] }
    var bindings = Bindings()
    let tenant = bindings.bind(tenant)
    let list = bindings.list(ids)
    let rows = try db.rows(
      """
      SELECT contact_id, COUNT(*) AS count FROM contact_tags
      WHERE tenant_id = \(tenant) AND contact_id IN (\(list)) GROUP BY contact_id
      """, values: bindings.values)
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["contact_id"], try $0["count"]) })
  }
}
