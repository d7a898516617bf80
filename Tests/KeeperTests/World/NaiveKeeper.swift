import Foundation
import Synchronization
import TestKit

@testable import Keeper
@testable import Wire

/// A grant kept as most scripts keep it: read the row, ask, write what came. The bad example of ``ReportTests``.
struct NaiveKeeper: Sendable {
  struct Row: Sendable {
    var access: String? = "a1"
    var refresh: String? = "r1"
    var lifetime: Int64 = 86_400
    var until: Timestamp
    var lockedUntil: Timestamp?
  }

  /// The table that all of a shop's scripts share.
  final class Table: Sendable {
    let row: Mutex<Row>
    let isFull = Mutex(false)
    init(_ time: VirtualTime) { row = Mutex(Row(until: time.now + .days(1))) }

    func save(_ row: Row) {
      if !isFull.withLock({ $0 }) { self.row.withLock { $0 = row } }
    }
  }

  let table: Table
  let endpoint: any TokenEndpoint
  let time: VirtualTime
  var clientID = "id"
  var secret = "s3cr3t"
  /// How long its job lock keeps others away.
  var lock: Duration?
  var refreshesEachTime = false
  /// Whether the end of a token is counted from when the script began.
  var countsFromItsOwnStart = false

  func token() async -> String? {
    var row = table.row.withLock { $0 }
    if countsFromItsOwnStart { row.until = time.now + .seconds(row.lifetime) }
    if !refreshesEachTime, time.now < row.until, row.access != nil { return row.access }
    if let lock {
      if let lockedUntil = row.lockedUntil, time.now < lockedUntil { return row.access }
      row.lockedUntil = time.now + lock
      table.save(row)
    }
    let form =
      "grant_type=refresh_token&refresh_token=\(row.refresh ?? "")&client_id=\(clientID)&client_secret=\(secret)"
    let answer = await endpoint.post(
      TokenEndpointRequest(
        url: "https://keap.example/token", fields: FormFields(parsing: form) ?? FormFields(), authorization: nil,
        deadline: .seconds(60)))
    guard case .answer(let answer) = answer else { return nil }
    let json = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    row.access = json?["access_token"] as? String
    row.refresh = json?["refresh_token"] as? String
    row.lifetime = json?["expires_in"] as? Int64 ?? 0
    row.until = time.now + .seconds(row.lifetime)
    row.lockedUntil = nil
    table.save(row)
    return row.access
  }
}
