import Contacts
import Store

/// Which contacts are linked, and how. A link ends with either contact.
extension TenantContacts {
  /// The most links that one contact may have, of all types together: a contact shows all of them wherever it is shown.
  static let mostLinks = 1000

  /// The links of each contact that has one, in the order in which they were made.
  func links(of ids: [Int64]) throws -> [Int64: [ContactLink]] {
    let asked = Set(ids)
    var links: [Int64: Set<ContactLink>] = [:]
    for end in ["contact1_id", "contact2_id"] {
      let rows = try selected(
        """
        l.id, l.contact1_id, l.contact2_id, l.link_type_id, t.name FROM contact_links l
        JOIN contact_link_types t ON t.tenant_id = l.tenant_id AND t.id = l.link_type_id WHERE l.tenant_id
        """, "l.\(end)", ids)
      for row in rows {
        let link = try Self.link(row)
        for contact in [link.pair.first, link.pair.second] where asked.contains(contact) {
          links[contact, default: []].insert(link)
        }
      }
    }
    return links.mapValues { $0.sorted { $0.id < $1.id } }
  }

  /// - Throws: ``ContactFault/notFound``, ``ContactFault/missing(_:)`` or, where one of them has all the links that it may
  ///   have, ``ContactFault/conflict(_:)``.
  func link(_ pair: ContactPair) throws -> ContactLink {
    guard pair.first != pair.second else { throw ContactFault.invalid("A contact cannot be linked with itself") }
    // Whoever draws a number waits for the others who do, so nobody comes between what is counted from here on and the link.
    let id = try nextID()
    for contact in [pair.first, pair.second] { try requireContact(contact) }
    let type = try requiredLinkType(pair.typeID)
    if let known = try link(between: pair) { return known }
    try db.execute(
      """
      INSERT INTO contact_links (tenant_id, id, link_type_id, contact1_id, contact2_id, created_at)
      VALUES ($1, $2, $3, $4, $5, $6)
      """, tenant, id, pair.typeID, pair.first, pair.second, now)
    for contact in [pair.first, pair.second] { try checkLinks(of: contact) }
    return ContactLink(id: id, pair: pair, typeName: type.name)
  }

  func unlink(_ pair: ContactPair) throws {
    for contact in [pair.first, pair.second] { try requireContact(contact) }
    _ = try requiredLinkType(pair.typeID)
    guard let link = try link(between: pair) else { throw ContactFault.missing(.link) }
    try db.execute("DELETE FROM contact_links WHERE tenant_id = $1 AND id = $2", tenant, link.id)
  }

  /// Gives one contact the links of another, which is to end. One between the two of them ends at once, and one that the first
  /// has already stays with the other and ends with it.
  func moveLinks(from other: Int64, to contact: Int64) throws {
    let held = try links(of: [contact])[contact] ?? []
    let known = Set(held.map { [$0.pair.typeID, $0.end(across: contact)] })
    for link in try links(of: [other])[other] ?? [] {
      let end = link.end(across: other)
      if end == contact {
        try db.execute("DELETE FROM contact_links WHERE tenant_id = $1 AND id = $2", tenant, link.id)
      }
      guard end != contact, !known.contains([link.pair.typeID, end]) else { continue }
      let column = link.pair.first == other ? "contact1_id" : "contact2_id"
      try db.execute(
        "UPDATE contact_links SET \(column) = $3 WHERE tenant_id = $1 AND id = $2", tenant, link.id, contact)
    }
    try checkLinks(of: contact)
  }

  /// - Throws: ``ContactFault/conflict(_:)`` where the contact has more links than it may have.
  private func checkLinks(of contact: Int64) throws {
    let links = try links(of: [contact])[contact] ?? []
    guard links.count <= Self.mostLinks else {
      throw ContactFault.conflict("Contact \(contact) would have more than \(Self.mostLinks) links")
    }
    let counts = Dictionary(grouping: links, by: \.pair.typeID).mapValues(\.count)
    for type in try linkTypes(counts.keys.sorted()).values.sorted(by: { $0.id < $1.id })
    where Int64(counts[type.id] ?? 0) > type.mostLinks {
      throw ContactFault.conflict(
        "Contact \(contact) would have more than \(type.mostLinks) links of the type \(type.name)")
    }
  }

  private func link(between pair: ContactPair) throws -> ContactLink? {
    try links(of: [pair.first])[pair.first]?.first {
      $0.pair.typeID == pair.typeID && $0.end(across: pair.first) == pair.second
    }
  }

  private static func link(_ row: Row) throws -> ContactLink {
    ContactLink(
      id: try row["id"],
      pair: ContactPair(
        first: try row["contact1_id"], second: try row["contact2_id"], typeID: try row["link_type_id"]),
      typeName: try row["name"])
  }
}
