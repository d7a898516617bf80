import Store
import Wire

/// The calls of one day.
package struct DayOfCalls: Sendable, Equatable {
  package var calls: Int64 = 0
  /// Those of them that were answered with 4xx or 5xx.
  package var refused: Int64 = 0
}

/// How often something was called. Calls that are not counted yet are read one by one, so that figures are always those of all
/// recorded calls.
enum CallCounts {
  /// How many days a picture shows.
  static let shownDays = 30

  /// A table of `grant_number`, `day`, `shape_id`, `address`, `status_class` and `calls`.
  ///
  /// - Parameter grants: numbers of grants, or a query for them.
  static func source(of grants: String) -> String {
    // The sum, here and below, keeps the engine to the few rows that are not counted yet.
    """
    (SELECT grant_number, day, shape_id, address, status_class, calls FROM call_days WHERE grant_number IN (\(grants))
    UNION ALL
    SELECT grant_number, at / 86400000, shape_id, address, COALESCE(status, 200) / 100, 1 FROM calls
    WHERE id > (SELECT counted FROM call_progress) AND grant_number + 0 IN (\(grants)))
    """
  }

  /// What each grant was called since the counts were brought up to date.
  static func uncounted(_ db: any Transaction) throws -> [Int64: (calls: Int64, last: Timestamp)] {
    let rows = try db.rows(
      """
      SELECT grant_number + 0 AS grant_number, COUNT(*) AS calls, MAX(at) AS last FROM calls
      WHERE id > (SELECT counted FROM call_progress) GROUP BY grant_number + 0
      """)
    return Dictionary(
      uniqueKeysWithValues: try rows.map { (try $0["grant_number"], (try $0["calls"], try $0["last"])) })
  }

  /// The last days of the grants that one user gave, oldest first, today last.
  static func days(ofUser user: Int64, until now: Timestamp, _ db: any Transaction) throws -> [Int64: [DayOfCalls]] {
    let first = now.day - Int64(shownDays) + 1
    var days: [Int64: [DayOfCalls]] = [:]
    let rows = try db.rows(
      """
      SELECT grant_number, day, SUM(calls) AS calls, SUM(CASE WHEN status_class >= 4 THEN calls ELSE 0 END) AS refused
      FROM \(source(of: "SELECT number FROM grants WHERE user_id = $1")) AS counts WHERE day >= $2
      GROUP BY grant_number, day
      """, user, first)
    for row in rows {
      // A clock that was set back leaves calls of a day to come.
      let index = min(Int(try row["day"] - first), shownDays - 1)
      days[try row["grant_number"], default: none][index].calls += try row["calls"]
      days[try row["grant_number"], default: none][index].refused += try row["refused"]
    }
    return days
  }

  static let none = Array(repeating: DayOfCalls(), count: shownDays)
}

extension Issuer {
  /// Writes down what waits, so that a person sees all that was answered before they asked. Where the store takes nothing, what
  /// it has is still shown.
  func settleCalls() async {
    do { try await recordUsage() } catch {
      logger.error("calls could not be written down", metadata: ["error.message": "\(error)"])
    }
  }
}
