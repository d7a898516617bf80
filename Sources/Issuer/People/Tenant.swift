import Store

/// Who owns contacts.
package struct Tenant: Sendable, Hashable {
  package var id: Int64
  package var name: String
  /// Names the tenant to apps, as Keap's `xx123.infusionsoft.com` does: `acme-shop.evergrant.test`.
  package var host: String
}

/// A person who can sign in.
package struct User: Sendable, Hashable {
  package var id: Int64
  package var email: String
  package var name: String
}

extension Tenant {
  init(_ row: Row) throws {
    id = try row["id"]
    name = try row["name"]
    host = try row["host"]
  }

  /// The tenants that a user can approve for.
  static func all(of userID: Int64, _ db: any Transaction) throws -> [Tenant] {
    try db.rows(
      """
      SELECT t.id, t.name, t.host FROM tenants t JOIN memberships m ON m.tenant_id = t.id
      WHERE m.user_id = $1 AND t.disabled_at IS NULL ORDER BY t.name
      """, userID
    ).map(Tenant.init)
  }

  static func freeHost(for name: String, _ db: any Transaction) throws -> String {
    let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    let stem = words.isEmpty ? "tenant" : String(words.joined(separator: "-").prefix(40))
    var number = 1
    while true {
      let host = (number == 1 ? stem : "\(stem)-\(number)") + ".evergrant.test"
      if try db.row("SELECT id FROM tenants WHERE host = $1", host) == nil { return host }
      number += 1
    }
  }
}
