import ArgumentParser
import Foundation
import Keeper
import OAuth
import Operator
import Store
import Wire

/// Fills a data folder with connections whose tokens are sealed as the keeper seals them.
struct FillCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "fill", abstract: "Fill an empty data folder.")

  @Option(name: .customLong("data"), help: "The data folder.") var path: String
  @Option(help: "How many connections.") var connections = 100_000
  @Option(help: "How many of them have an access token that has ended, so that a call waits for a refresh.")
  var dead = 4000

  func run() async throws {
    let place = try await Place(path)
    try await place.keeper(EndlessProvider()).desk.addClient(
      "app", provider: "evergrant", baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("secret"),
      redirectURI: nil, replacing: false)
    for first in stride(from: 0, to: connections, by: 1000) {
      let numbers = first..<min(first + 1000, connections)
      try await place.database.write { db in for number in numbers { try insert(number, place.ring, db) } }
    }
  }

  private func insert(_ number: Int, _ ring: KeyRing, _ db: any Transaction) throws {
    let name = Place.name(number), now = WallClock.system.now()
    // Spread over the day, none of them due within the hour.
    let until =
      number < dead
      ? now - .minutes(1) : now + .hours(7) + .milliseconds(Int64(number) * 36_000_000 / Int64(connections))
    let access = Secret(Place.token("eva_", number, 1)), refresh = Secret(Place.token("evr_", number, 1))
    func sealed(_ secret: Secret, _ column: String) throws -> [UInt8] {
      try ring.seal(secret, at: KeyRing.Place(table: "connections", row: name, column: column, generation: 1))
    }
    try db.execute(
      """
      INSERT INTO connections (name, client, state, epoch, generation, version, tenant, approver, scope, access_token,
        access_from, access_until, refresh_token, refresh_generation, refresh_fingerprint, refresh_until, refreshed_at,
        created_at)
      VALUES ($1, 'app', 'active', 1, 1, 1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $6, $6)
      """,
      name, "tenant-\(number).example", "person-\(number)@example.org", "full|tenant-\(number).example",
      try sealed(access, "access_token"), until - .hours(24), until, try sealed(refresh, "refresh_token"),
      refresh.fingerprint, now + .days(180))
  }
}
