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
    let first = now.day - Int64(shownDays) + 1, kept = try Issuer.oldestDay(at: now, db)
    var days: [Int64: [DayOfCalls]] = [:]
    let rows = try db.rows(
      """
      SELECT grant_number, day, SUM(calls) AS calls, SUM(CASE WHEN status_class >= 4 THEN calls ELSE 0 END) AS refused
      FROM \(source(of: "SELECT number FROM grants WHERE user_id = $1")) AS counts WHERE day >= $2
      GROUP BY grant_number, day
      """, user, max(first, kept))
    for row in rows {
      // A clock that was set back leaves calls of a day to come.
      let index = min(Int(try row["day"] - first), shownDays - 1)
      days[try row["grant_number"], default: none][index].calls += try row["calls"]
      days[try row["grant_number"], default: none][index].refused += try row["refused"]
    }
    return days
  }

  /// The first day from which on all calls together are no more than shall be kept; today at the latest. It is 0 where all are.
  static func firstDay(keeping most: Int64, today: Int64, _ db: any Transaction) throws -> Int64 {
    // As many numbers as were given are easily told, and calls are no more.
    let row = try db.row(
      "SELECT COALESCE((SELECT MAX(id) FROM calls) - (SELECT MIN(id) FROM calls) + 1, 0) AS numbers")
    let numbers: Int64 = try row.orMissing("numbers of calls")["numbers"]
    guard numbers > most else { return 0 }
    var kept: Int64 = 0
    for row in try db.rows("SELECT day, SUM(calls) AS calls FROM call_days GROUP BY day ORDER BY day DESC") {
      let day: Int64 = try row["day"]
      kept += try row["calls"]
      if kept > most, day < today { return day + 1 }
    }
    return 0
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
