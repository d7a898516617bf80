import Store
import Wire

/// One call as the operator traces it. It names no approval: its first digits tell two apart and are good for nothing else.
package struct AuditedCall: Sendable, Equatable {
  package var at: Timestamp
  package var clientID: String
  package var clientName: String
  /// The first eight digits.
  package var grant: String
  package var userEmail: String
  package var tenantName: String
  package var shape: CallShape
  package var address: String
  /// Nil where the answer to a write is not known.
  package var status: Int?
}

/// Which calls an operator asks for. A person is not among it: the trace leads from what was done to who did it, and not from a
/// person to what they approved (law P28).
package struct AuditFilter: Sendable {
  package var calls: CallFilter
  /// The status that was answered; a write whose answer is not known has none.
  package var status: Int?
  /// An app's id or name.
  package var client: String?
  /// The first digits of a grant.
  package var grant: String?
  package var tenant: String?
  package var since: Timestamp?

  package init(
    _ calls: CallFilter = CallFilter(), status: Int? = nil, client: String? = nil, grant: String? = nil,
    tenant: String? = nil, since: Timestamp? = nil
  ) {
    self.calls = calls
    self.status = status
    self.client = client
    self.grant = grant
    self.tenant = tenant
    self.since = since
  }
}

extension Issuer {
  /// The calls of all apps, newest first.
  ///
  /// Calls are stored in the order in which they are written down, which is not quite that of their times: a read waits in
  /// memory for up to a second. No more than ``CallLog/most`` wait, so what is newest by time is among so many more of the
  /// newest by number, but for a clock that was set back. That costs the reading of those rows, and no index by time, which
  /// each call would have to write.
  ///
  /// - Throws: ``IssuerRefusal`` for a grant that is not named by eight hexadecimal digits, and for an app, a grant or a tenant
  ///   that is not there.
  package func audit(_ filter: AuditFilter, limit: Int) async throws -> [AuditedCall] {
    var bindings = Bindings()
    var conditions: [String] = []
    if let since = filter.since { conditions.append("k.at >= \(bindings.bind(since))") }
    if let status = filter.status { conditions.append("k.status = \(bindings.bind(status))") }
    var grants: (from: [UInt8], until: [UInt8])?
    if let text = filter.grant {
      guard let first = [UInt8](hex: text.lowercased()), first.count == AuditedCall.grantByteCount else {
        throw IssuerRefusal("A grant is named by the eight digits that the list shows, and not by \(text).")
      }
      let rest = GrantID.byteCount - first.count
      grants = (
        from: first + Array(repeating: 0, count: rest), until: first + Array(repeating: 0xFF, count: rest)
      )
    }
    let (fixed, begun, range) = (conditions, bindings, grants)
    return try await database.read { db in
      let known = try CallShape.all(db)
      var bindings = begun, all = fixed
      if let client = filter.client {
        let id = try Self.clientID(of: client, db)
        all.append("g.client_id = \(bindings.bind(id))")
      }
      if let tenant = filter.tenant {
        let one = try db.row("SELECT id FROM tenants WHERE name = $1", tenant)
        guard one != nil else { throw IssuerRefusal.unknown(.tenant(name: tenant)) }
        all.append("t.name = \(bindings.bind(tenant))")
      }
      if let range {
        // Of an approval that has not called nothing is told, nor that it is there.
        let one = try db.row(
          """
          SELECT id FROM grants WHERE id BETWEEN $1 AND $2
            AND EXISTS (SELECT 1 FROM calls WHERE grant_number = grants.number) LIMIT 1
          """, range.from, range.until)
        guard one != nil else {
          throw IssuerRefusal("No approval begins with these digits; those that called are in: evergrant issuer audit")
        }
        all.append("g.id BETWEEN \(bindings.bind(range.from)) AND \(bindings.bind(range.until))")
      }
      all += filter.calls.conditions(known, &bindings)
      let rows = try db.rows(
        """
        SELECT * FROM (
          SELECT k.id AS call_id, k.at, k.shape_id, k.address, k.status, g.id AS grant_id, c.id AS client_id,
            c.name AS client_name, u.email, t.name AS tenant_name
          FROM calls k CROSS JOIN grants g CROSS JOIN clients c CROSS JOIN users u CROSS JOIN tenants t
          WHERE g.number = k.grant_number AND c.id = g.client_id AND u.id = g.user_id AND t.id = g.tenant_id
            \(all.map { "AND \($0) " }.joined())ORDER BY k.id DESC LIMIT \(bindings.bind(limit + CallLog.most))
        ) AS newest ORDER BY at DESC, call_id DESC LIMIT \(bindings.bind(limit))
        """, values: bindings.values)
      return try rows.map { row in
        AuditedCall(
          at: try row["at"], clientID: try row["client_id"], clientName: try row["client_name"],
          grant: Array((try row["grant_id"] as GrantID).bytes.prefix(AuditedCall.grantByteCount)).hex,
          userEmail: try row["email"], tenantName: try row["tenant_name"],
          shape: known[try row["shape_id"]] ?? CallShape(method: "", template: nil), address: try row["address"],
          status: try row["status"])
      }
    }
  }
}

extension Issuer {
  /// - Parameter text: the id of an app, or else its name.
  /// - Throws: ``IssuerRefusal`` where there is none, and where several have the name.
  private static func clientID(of text: String, _ db: any Transaction) throws -> String {
    if let row = try db.row("SELECT id FROM clients WHERE id = $1", text) { return try row["id"] }
    let named = try db.rows("SELECT id FROM clients WHERE name = $1", text)
    guard let row = named.first else { throw IssuerRefusal.unknown(.client(id: text)) }
    guard named.count == 1 else {
      throw IssuerRefusal("Several apps are named \(text); name one by its id, from: evergrant issuer client list")
    }
    return try row["id"]
  }
}

extension AuditedCall {
  fileprivate static let grantByteCount = 4
}
