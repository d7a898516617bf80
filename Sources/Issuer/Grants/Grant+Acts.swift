import OAuth
import Store

/// The storage acts on a grant's row. The first one of a transaction takes the row, so that what follows is decided on
/// a state that nobody else changes.
extension Grant {
  /// Takes a row and moves its time on: `latestAt` of the answer is the act's now (law P21).
  static func take(_ id: GrantID, at now: Timestamp, _ db: any Transaction) throws -> Grant? {
    try db.row(
      """
      UPDATE grants SET latest_at = CASE WHEN latest_at < $2 THEN $2 ELSE latest_at END WHERE id = $1 RETURNING *
      """, id, now
    ).map(Grant.init)
  }

  static func take(codeHash: [UInt8], at now: Timestamp, _ db: any Transaction) throws -> Grant? {
    try db.row(
      """
      UPDATE grants SET latest_at = CASE WHEN latest_at < $2 THEN $2 ELSE latest_at END WHERE code_hash = $1 RETURNING *
      """, codeHash, now
    ).map(Grant.init)
  }

  /// Saves what rotation and confirmation change, as a use of the grant at its own time.
  func saveUse(_ db: any Transaction) throws {
    try db.execute(
      """
      UPDATE grants SET generation = $2, rotated_at = $3, confirmed_at = $4, answered_at = $5, floor_generation = $6,
        floor_until = $7, last_used_at = $8 WHERE id = $1
      """, id, generation, rotatedAt, confirmedAt, answeredAt, floorGeneration, floorUntil, latestAt)
  }

  /// Ends a grant for good; the first ending stays. False where it had ended, or there is none.
  static func end(_ id: GrantID, by ending: Ending, at now: Timestamp, _ db: any Transaction) throws -> Bool {
    try db.execute(
      "UPDATE grants SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL", id, now,
      ending.rawValue) > 0
  }
}

/// A grant together with all those whose word keeps it in effect, read in one statement (law P24).
struct Standing: Sendable {
  var grant: Grant
  var clientName: String
  var isClientPublic: Bool
  var userEmail: String
  var userName: String
  var tenant: Tenant
  /// Why the grant has no effect for now, as the user is told; nil when all stand by it.
  var suspension: String?

  static let columns = """
    SELECT g.*, c.name AS client_name, c.secret_hash AS client_secret_hash, c.scope AS client_scope,
      c.disabled_at AS client_disabled_at, u.email AS user_email, u.name AS user_name, u.disabled_at AS user_disabled_at,
      t.name AS tenant_name, t.host AS tenant_host, t.disabled_at AS tenant_disabled_at, m.since AS member_since
    FROM grants g JOIN clients c ON c.id = g.client_id JOIN users u ON u.id = g.user_id
      JOIN tenants t ON t.id = g.tenant_id LEFT JOIN memberships m ON m.user_id = g.user_id AND m.tenant_id = g.tenant_id
    """

  static func of(_ id: GrantID, _ db: any Transaction) throws -> Standing? {
    try db.row(columns + " WHERE g.id = $1", id).map(Standing.init)
  }

  init(_ row: Row) throws {
    grant = try Grant(row)
    clientName = try row["client_name"]
    isClientPublic = try row["client_secret_hash"] as [UInt8]? == nil
    userEmail = try row["user_email"]
    userName = try row["user_name"]
    tenant = Tenant(id: grant.tenantID, name: try row["tenant_name"], host: try row["tenant_host"])
    let allowed = Scope(parsing: try row["client_scope"]) ?? Scope()
    if try row["user_disabled_at"] as Timestamp? != nil {
      suspension = "Your account is disabled."
    } else if try row["client_disabled_at"] as Timestamp? != nil {
      suspension = "The operator disabled this app."
    } else if try row["tenant_disabled_at"] as Timestamp? != nil {
      suspension = "The operator disabled \(tenant.name)."
    } else if try row["member_since"] as Timestamp? == nil {
      suspension = "You are no longer a member of \(tenant.name)."
    } else if !grant.scope.isSubset(of: allowed) {
      suspension = "The operator withdrew what this app was allowed."
    }
  }

  /// Keap's form of a scope, with the tenant after a bar.
  var scopeText: String { grant.scope.text + "|" + tenant.host }
}
