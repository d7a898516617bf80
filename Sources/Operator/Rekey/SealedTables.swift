import Store

/// Where the keeper's sealed values are, each with the place that is bound into it.
///
/// This is the only list: a sealed value that is missing here would be lost with the key that sealed it. A test compares the
/// list with the schema.
package struct SealedTable: Sendable {
  struct Column: Sendable {
    var name: String
    var place: @Sendable (Row) throws -> KeyRing.Place
  }

  var name: String
  /// The columns that name a row.
  var identity: [String]
  var columns: [Column]
  /// The column that says whose a row is, for a person.
  var owner: String

  static let all = [
    SealedTable(
      name: "clients", identity: ["name"],
      columns: [Column(name: "secret") { .clientSecret(try $0["name"]) }], owner: "name"),
    SealedTable(
      name: "connections", identity: ["name"],
      columns: [
        Column(name: "access_token") { .accessToken(try $0["name"], generation: try $0["generation"]) },
        Column(name: "refresh_token") { .refreshToken(try $0["name"], generation: try $0["refresh_generation"]) },
        Column(name: "spare_token") { .spareToken(try $0["name"]) },
      ], owner: "name"),
    SealedTable(
      name: "offers", identity: ["connection", "fingerprint"],
      columns: [
        Column(name: "access_token") { .accessToken(try $0["connection"], generation: try $0["generation"]) },
        Column(name: "refresh_token") { .refreshToken(try $0["connection"], generation: try $0["refresh_generation"]) },
      ], owner: "connection"),
    SealedTable(
      name: "attempts", identity: ["state_hash"],
      columns: [Column(name: "verifier") { .verifier(try $0["connection"]) }], owner: "connection"),
    SealedTable(
      name: "alert_channels", identity: ["name"],
      columns: [Column(name: "secret") { .alertSecret(try $0["name"]) }], owner: "name"),
  ]
}

/// One sealed value, by its place.
package struct SealedValue: Sendable, Hashable, Codable {
  package var table: String
  /// The connection, client or alert channel that it belongs to.
  package var owner: String
  package var column: String

  /// `the refresh token of shop`.
  package var words: String {
    switch (table, column) {
    case ("clients", _): "the secret of the client \(owner)"
    case ("alert_channels", _): "the secret of the alert channel \(owner)"
    case ("attempts", _): "an approval of \(owner) that a person has begun"
    case ("offers", _): "newer tokens that are offered for \(owner)"
    case (_, "access_token"): "the access token of \(owner)"
    case (_, "refresh_token"): "the refresh token of \(owner)"
    default: "the spare token of \(owner)"
    }
  }
}

extension SealedTable {
  /// The condition that a column's value was sealed with one of these keys, and the values for it: the first four bytes of a
  /// sealed value are the number of its key.
  static func names(_ ids: some Sequence<UInt32>, column: String, from first: Int = 1) -> (String, [Value]) {
    let values = ids.sorted().map { id in Value.blob(withUnsafeBytes(of: id.bigEndian, Array.init)) }
    let list = values.indices.map { "$\($0 + first)" }.joined(separator: ", ")
    return ("SUBSTR(\(column), 1, 4) IN (\(list))", values)
  }

  /// The values of a store that do not open with a ring.
  package static func unopened(with ring: KeyRing, _ db: any Transaction) throws -> [SealedValue] {
    try all.flatMap { table in
      try db.rows("SELECT * FROM \(table.name) ORDER BY \(table.identity.joined(separator: ", "))").flatMap { row in
        try table.columns.compactMap { column -> SealedValue? in
          guard let sealed: [UInt8] = try row[column.name] else { return nil }
          let opens = (try? ring.open(sealed, at: column.place(row))) != nil
          return opens ? nil : SealedValue(table: table.name, owner: try row[table.owner], column: column.name)
        }
      }
    }
  }

  /// How many sealed values there are.
  static func count(_ db: any Transaction) throws -> Int {
    try all.reduce(0) { count, table in
      let sum = table.columns.map { "COUNT(\($0.name))" }.joined(separator: " + ")
      return count + (try db.row("SELECT \(sum) AS count FROM \(table.name)")?["count"] ?? 0)
    }
  }
}
