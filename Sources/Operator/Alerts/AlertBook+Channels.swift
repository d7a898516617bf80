import Foundation
import Keeper
import OAuth
import Store
import Wire

/// The channels that the operator has set up.
extension AlertBook {
  /// Adds a channel. What is going on is told through it at the next look.
  package func addChannel(_ name: String, _ settings: AlertChannelSettings, secret: Secret?) async throws {
    let text = String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
    let now = store.clock.now()
    do {
      try await database.write { [store] db in
        let sealed = try secret.map { try store.ring.seal($0, at: .alertSecret(name), random: store.random) }
        try db.execute(
          "INSERT INTO alert_channels (name, settings, secret, created_at) VALUES ($1, $2, $3, $4)", name, text, sealed,
          now)
      }
    } catch StoreError.conflict {
      throw KeeperError.alreadyThere("an alert channel named \(name)")
    }
  }

  package func removeChannel(_ name: String) async throws {
    try await database.write { db in
      try db.execute("DELETE FROM alert_deliveries WHERE channel = $1", name)
      try db.execute("DELETE FROM alerts WHERE topic = $2 AND subject = $1", name, Self.test)
      guard try db.execute("DELETE FROM alert_channels WHERE name = $1", name) == 1 else {
        throw KeeperError.noSuchChannel(name)
      }
    }
  }

  /// What a channel needs to be used.
  package func channel(_ name: String) async throws -> (settings: AlertChannelSettings, secret: Secret?) {
    let row = try await database.read { try $0.row("SELECT * FROM alert_channels WHERE name = $1", name) }
    guard let row else { throw KeeperError.noSuchChannel(name) }
    let sealed: [UInt8]? = try row["secret"]
    return (try Self.settings(row), try sealed.map { try store.ring.open($0, at: .alertSecret(name)) })
  }

  /// The channels by name, and how their deliveries go.
  package func channels() async throws -> [AlertChannelStatus] {
    try await database.read { db in
      try db.rows("SELECT * FROM alert_channels ORDER BY name").map { row in
        let name: String = try row["name"]
        let open = try db.rows(
          """
          SELECT d.trouble FROM alert_deliveries AS d JOIN alerts AS a ON a.id = d.alert
          WHERE d.channel = $1 AND d.delivered_at IS NULL AND (d.step = 'over' OR (d.step = a.kind AND a.ended_at IS NULL))
          ORDER BY d.retry_at DESC
          """, name)
        let last = try db.row(
          "SELECT MAX(delivered_at) AS last FROM alert_deliveries WHERE channel = $1 AND step <> $2", name, Self.test)
        let test = try db.row(
          "SELECT queued_at, trouble FROM alert_deliveries WHERE channel = $1 AND step = $2", name, Self.test)
        return AlertChannelStatus(
          name: name, settings: try Self.settings(row), deliveredAt: try last?["last"],
          trouble: try open.compactMap { try $0["trouble"] as String? }.first, waiting: open.count,
          testedAt: try test?["queued_at"], testTrouble: try test?["trouble"])
      }
    }
  }

  /// The topic, kind and step of a test, which is no trouble and is over as it begins.
  static let test = "test"

  /// Records what came of the last test of a channel.
  ///
  /// - Parameter trouble: why it failed; nil where the other side has taken it.
  package func tested(_ name: String, trouble: String?) async throws {
    let now = store.clock.now()
    let id = "alert_" + Base64URL.encode(store.random.bytes(16))
    try await database.write { db in
      try db.execute("DELETE FROM alert_deliveries WHERE channel = $1 AND step = $2", name, Self.test)
      try db.execute("DELETE FROM alerts WHERE topic = $2 AND subject = $1", name, Self.test)
      try db.execute(
        """
        INSERT INTO alerts (id, topic, subject, occurrence, kind, since, what, next_step, began_at, ended_at)
        VALUES ($1, $2, $3, 0, $2, $4, '', '', $4, $4)
        """, id, Self.test, name, now)
      try db.execute(
        """
        INSERT INTO alert_deliveries (alert, channel, step, queued_at, attempts, retry_at, delivered_at, trouble)
        VALUES ($1, $2, $3, $4, 1, $4, $5, $6)
        """, id, name, Self.test, now, trouble == nil ? now : nil, trouble)
    }
  }

  private static func settings(_ row: Row) throws -> AlertChannelSettings {
    let text: String = try row["settings"]
    guard let settings = try? JSONDecoder().decode(AlertChannelSettings.self, from: Data(text.utf8)) else {
      throw StoreError.unreadable("the settings of an alert channel")
    }
    return settings
  }
}
