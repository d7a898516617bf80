import Store

extension IssuerSchema {
  /// Whose rules a client meets.
  static let dialects = Migration(14, ["ALTER TABLE clients ADD COLUMN dialect TEXT NOT NULL DEFAULT 'evergrant'"])
}
