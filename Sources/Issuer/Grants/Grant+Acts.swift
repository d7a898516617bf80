import OAuth
import Store
import Wire

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
