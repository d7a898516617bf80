import OAuth
import Store

extension IssuerSchema {
  /// Tokens that people make for themselves: grants of their own kinds (law P35), and whose own an app is.
  static let ownTokens = Migration(
    17,
    [
      // `ends_at` is the end of the newest token, and null for an approval, whose tokens are renewed.
      "ALTER TABLE grants ADD COLUMN kind TEXT NOT NULL DEFAULT 'approval'",
      "ALTER TABLE grants ADD COLUMN name TEXT",
      "ALTER TABLE grants ADD COLUMN ends_at BIGINT",
      "ALTER TABLE clients ADD COLUMN owner_id BIGINT",
    ],
    rewrite: { db in
      // A grant has a client. Nobody can be this one: no secret has that hash, and there is no address to be sent to.
      for kind in OwnTokenKind.allCases {
        try db.execute(
          """
          INSERT INTO clients (id, name, secret_hash, redirect_uris, scope, is_legacy, created_at)
          VALUES ($1, $2, $3, '', $4, 0, 0)
          """, kind.clientID, kind.clientName, [UInt8](repeating: 0, count: Secret.randomByteCount),
          OfferedScope.allCases.map(\.rawValue).joined(separator: " "))
      }
    })
}
