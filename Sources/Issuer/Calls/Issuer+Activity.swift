import Store
import Wire

/// One call as the user sees in whose name it was made.
package struct RecordedCall: Sendable, Equatable {
  package var at: Timestamp
  package var shape: CallShape
  package var address: String
  /// Nil for a write that was carried out and whose answer is not known: the server stopped before it was.
  package var status: Int?
}

/// What was called in a user's name by one approval.
package struct CallActivity: Sendable {
  package var approval: ApprovalSummary
  /// What was called and from where, with how often, the most frequent first, over all days that are kept.
  package var shapes: [(shape: CallShape, calls: Int64)]
  package var addresses: [(address: String, calls: Int64)]
  /// Whether it was called from more addresses than are told.
  package var hasMoreAddresses: Bool
  /// How many calls match the filter.
  package var matching: Int64
  /// The newest of them, from the place that was asked for.
  package var calls: [RecordedCall]
  /// Where the list goes on.
  package var next: CallPlace?
}

extension Issuer {
  /// How many addresses are told at most; a client can call from as many as it likes.
  private static let mostAddresses = 20

  /// The calls of one approval of the session's user, newest first (laws P28 and P34).
  ///
  /// - Parameter place: where an earlier page ended; nil for the newest.
  /// - Returns: nil where this user has no such approval.
  package func activity(
    of grantID: String, _ filter: CallFilter, from place: CallPlace? = nil, limit: Int = 50, for session: Session
  ) async throws -> CallActivity? {
    guard let id = GrantID(grantID) else { return nil }
    await settleCalls()
    let now = clock.now()
    return try await database.read { [self] db in
      let row = try db.row(
        Standing.columns + """
           WHERE g.id = $4 AND g.user_id = $1
            AND EXISTS (SELECT 1 FROM sessions s WHERE s.hash = $2 AND s.user_id = $1 AND s.ends_at > $3)
          """, session.userID, [UInt8](hex: session.id) ?? [], now, id)
      guard let standing = try row.map(Standing.init) else { return nil }
      let number = standing.grant.number, known = try CallShape.all(db), oldest = try Self.oldestDay(at: now, db)
      func counted(by column: String, most: Int) throws -> [Row] {
        try db.rows(
          """
          SELECT \(column) AS subject, SUM(calls) AS calls FROM \(CallCounts.source(of: "$1")) AS counts
          WHERE day >= $2 GROUP BY \(column) ORDER BY SUM(calls) DESC, \(column) LIMIT $3
          """, number, oldest, most)
      }
      let shapes = try counted(by: "shape_id", most: 1000).map {
        (shape: known[try $0["subject"]] ?? CallShape(method: "", template: nil), calls: try $0["calls"] as Int64)
      }
      let addresses = try counted(by: "address", most: Self.mostAddresses + 1).map {
        (address: try $0["subject"] as String, calls: try $0["calls"] as Int64)
      }
      var bindings = Bindings()
      let counts = CallCounts.source(of: bindings.bind(number))
      let conditions = ["day >= \(bindings.bind(oldest))"] + filter.countConditions(known, &bindings)
      let total = try db.rows(
        "SELECT COALESCE(SUM(calls), 0) AS calls FROM \(counts) AS counts WHERE \(conditions.joined(separator: " AND "))",
        values: bindings.values)
      let matching: Int64 = try total.first.orMissing("count of calls")["calls"]
      let (calls, next) =
        matching == 0 ? ([], nil) : try list(number, filter, known, from: place, since: oldest, limit, db)
      let days = try CallCounts.days(ofUser: session.userID, until: now, db)
      return CallActivity(
        approval: summary(standing, try CallCounts.uncounted(db), days), shapes: shapes,
        addresses: Array(addresses.prefix(Self.mostAddresses)), hasMoreAddresses: addresses.count > Self.mostAddresses,
        matching: matching, calls: calls, next: next)
    }
  }

  private func list(
    _ number: Int64, _ filter: CallFilter, _ known: [Int64: CallShape], from place: CallPlace?, since oldest: Int64,
    _ limit: Int, _ db: any Transaction
  ) throws -> ([RecordedCall], CallPlace?) {
    var bindings = Bindings()
    var conditions = [
      "grant_number = \(bindings.bind(number))",
      "at >= \(bindings.bind(oldest * Duration.days(1).milliseconds))",
    ]
    conditions += filter.conditions(known, &bindings)
    if let place { conditions.append("(at, id) < (\(bindings.bind(place.at)), \(bindings.bind(place.id)))") }
    let rows = try db.rows(
      """
      SELECT id, at, shape_id, address, status FROM calls WHERE \(conditions.joined(separator: " AND "))
      ORDER BY at DESC, id DESC LIMIT \(bindings.bind(limit + 1))
      """, values: bindings.values)
    let calls = try rows.prefix(limit).map { row in
      RecordedCall(
        at: try row["at"], shape: known[try row["shape_id"]] ?? CallShape(method: "", template: nil),
        address: try row["address"], status: try row["status"])
    }
    guard rows.count > limit, let last = rows.dropLast().last else { return (calls, nil) }
    return (calls, CallPlace(at: try last["at"], id: try last["id"]))
  }
}
