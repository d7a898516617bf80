import Contacts
import Store

/// The types of links that a tenant has; a name is unique there in its normal form.
extension TenantContacts {
  /// - Throws: ``ContactFault/missing(_:)``, also for a type of another tenant.
  func requiredLinkType(_ id: Int64) throws -> ContactLinkType {
    guard let type = try linkTypes([id])[id] else { throw ContactFault.missing(.linkType) }
    return type
  }

  /// Those of the types that there are.
  func linkTypes(_ ids: [Int64]) throws -> [Int64: ContactLinkType] {
    let types = try selected("* FROM contact_link_types WHERE tenant_id", "id", ids).map { row in
      ContactLinkType(
        id: try row["id"], name: try row["name"], mostLinks: try row["max_links"], createdAt: try row["created_at"])
    }
    return Dictionary(uniqueKeysWithValues: types.map { ($0.id, $0) })
  }

  func addLinkType(_ change: ContactLinkTypeChange) throws -> ContactLinkType {
    guard let name = change.name, let most = change.mostLinks else {
      throw ContactFault.invalid("name and max_links are required")
    }
    let id = try nextID()
    let added = try db.execute(
      """
      INSERT INTO contact_link_types (tenant_id, id, name, normal_name, max_links, created_at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, normal_name) DO NOTHING
      """, tenant, id, name, NormalForm.name(name), most, now)
    guard added == 1 else { throw ContactFault.nameTaken(.linkType) }
    return try requiredLinkType(id)
  }

  func changeLinkType(_ id: Int64, _ change: ContactLinkTypeChange) throws -> ContactLinkType {
    var type = try requiredLinkType(id)
    if let name = change.name { type.name = name }
    if let most = change.mostLinks { type.mostLinks = most }
    let taken = try db.row(
      "SELECT id FROM contact_link_types WHERE tenant_id = $1 AND normal_name = $2 AND id <> $3", tenant,
      NormalForm.name(type.name), id)
    guard taken == nil else { throw ContactFault.nameTaken(.linkType) }
    guard try mostLinks(ofType: id) <= type.mostLinks else {
      throw ContactFault.conflict("A contact has more links of the type \(type.name) than that; unlink it first")
    }
    try db.execute(
      "UPDATE contact_link_types SET name = $3, normal_name = $4, max_links = $5 WHERE tenant_id = $1 AND id = $2",
      tenant, id, type.name, NormalForm.name(type.name), type.mostLinks)
    return type
  }

  func deleteLinkType(_ id: Int64) throws {
    let type = try requiredLinkType(id)
    guard try mostLinks(ofType: id) == 0 else {
      throw ContactFault.conflict("There are links of the type \(type.name); unlink the contacts first")
    }
    try db.execute("DELETE FROM contact_link_types WHERE tenant_id = $1 AND id = $2", tenant, id)
  }

  /// How many links of the type the contact has that has the most of them.
  private func mostLinks(ofType id: Int64) throws -> Int64 {
    let row = try db.row(
      """
      SELECT COUNT(*) AS count FROM (
        SELECT contact1_id AS contact_id FROM contact_links WHERE tenant_id = $1 AND link_type_id = $2
        UNION ALL SELECT contact2_id FROM contact_links WHERE tenant_id = $1 AND link_type_id = $2
      ) l GROUP BY l.contact_id ORDER BY count DESC LIMIT 1
      """, tenant, id)
    return try row?["count"] ?? 0
  }
}
