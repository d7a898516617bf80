import OAuth
import Store
import Wire

/// A grant with all that keeps it in effect: its user, client, tenant, membership and the client's scope. They are read in one
/// statement (law P24).
struct Standing: Sendable {
  var grant: Grant
  var clientName: String
  var isClientPublic: Bool
  /// The client's own.
  var dialect: Dialect
  var userEmail: String
  var userName: String
  var tenant: Tenant
  /// Why the grant has no effect for now, as the user is told; nil when all of these allow it.
  var suspension: String?

  static let columns = """
    SELECT g.*, c.name AS client_name, c.secret_hash AS client_secret_hash, c.scope AS client_scope,
      c.dialect AS client_dialect, c.disabled_at AS client_disabled_at, u.email AS user_email, u.name AS user_name,
      u.disabled_at AS user_disabled_at,
      t.name AS tenant_name, t.host AS tenant_host, t.disabled_at AS tenant_disabled_at, m.since AS member_since,
      m.is_owner AS member_is_owner
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
    dialect = try Dialect(row, "client_dialect")
    userEmail = try row["user_email"]
    userName = try row["user_name"]
    tenant = Tenant(id: grant.tenantID, name: try row["tenant_name"], host: try row["tenant_host"])
    let allowed = Scope(parsing: try row["client_scope"]) ?? Scope()
    if try row["user_disabled_at"] as Timestamp? != nil {
      suspension = "Your account is switched off."
    } else if try row["client_disabled_at"] as Timestamp? != nil {
      suspension =
        grant.kind == .approval
        ? "The operator switched this app off." : "The operator switched such tokens off on this server."
    } else if try row["tenant_disabled_at"] as Timestamp? != nil {
      suspension = "The operator switched \(tenant.name) off."
    } else if try row["member_since"] as Timestamp? == nil {
      suspension = "You are no longer a member of \(tenant.name)."
    } else if grant.kind == .own(.service), try row["member_is_owner"] as Bool? != true {
      suspension = "You no longer own \(tenant.name)."
    } else if !grant.scope.isSubset(of: allowed) {
      suspension = "The operator withdrew what this app was allowed."
    }
  }

  /// Whether a scope asks for nothing that was not approved; the tenant may follow a token as Keap writes it (law P16).
  func covers(_ scope: Scope) -> Bool {
    let suffix = "|" + tenant.host
    let bare = scope.tokens.map { $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 }
    return Scope(bare).isSubset(of: grant.scope)
  }
}
