import OAuth

extension Issuer {
  /// Has a client meet other rules from its next request on. Tokens that it holds are judged by those rules too.
  ///
  /// - Throws: ``IssuerRefusal`` where there is no such client, or it cannot be one of Keap's.
  package func setDialect(_ dialect: Dialect, ofClient id: String) async throws {
    try await database.write { db in
      guard let client = try Client.find(id, db) else { throw IssuerRefusal.unknown(.client(id: id)) }
      try dialect.check(client.redirectURIs, isPublic: client.isPublic)
      try db.execute("UPDATE clients SET dialect = $2 WHERE id = $1", id, dialect.rawValue)
    }
  }
}
