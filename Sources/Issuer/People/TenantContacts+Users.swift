import Contacts
import Store

/// The people of the tenant, as those to whom something is assigned.
extension TenantContacts {
  /// Nil for whoever is no member of the tenant.
  func user(_ id: Int64) throws -> BasicUser? {
    try db.row(
      """
      SELECT u.id, u.name, u.email FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE m.user_id = $1 AND m.tenant_id = $2
      """, id, tenant
    ).map { BasicUser(id: try $0["id"], name: try $0["name"], email: try $0["email"]) }
  }

  /// The user who acts by this grant.
  func actingUser() throws -> Int64 {
    try db.row("SELECT user_id FROM grants WHERE id = $1", grant).orMissing("grant")["user_id"]
  }

  /// Refuses a user of elsewhere. One who was there already may stay, also as a former member.
  func check(user change: Change<Int64>, was old: Int64?, _ name: String) throws {
    guard let id = change.value, id != old, try user(id) == nil else { return }
    throw ContactFault.invalid("\(name): there is no user \(id)")
  }

  /// Refuses a contact of elsewhere.
  func check(contact change: Change<Int64>, was old: Int64?, _ name: String) throws {
    guard let id = change.value, id != old, try known("contacts", [id]).isEmpty else { return }
    throw ContactFault.invalid("\(name): there is no contact \(id)")
  }
}

/// The users that the records of a page name, each looked up once.
struct KnownUsers {
  private let shelf: TenantContacts
  private var known: [Int64: BasicUser] = [:]

  init(_ shelf: TenantContacts) { self.shelf = shelf }

  mutating func user(_ id: Int64) throws -> BasicUser {
    if let user = known[id] { return user }
    let user = try shelf.user(id) ?? BasicUser(id: id)
    known[id] = user
    return user
  }
}
