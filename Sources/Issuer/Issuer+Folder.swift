import Logging
import Store
import Wire

/// An issuer's part of a data folder.
extension Issuer {
  /// Its database, by the name that it has there.
  package static let databaseName = "issuer.sqlite"

  /// Opens the issuer of a data folder and starts it.
  ///
  /// - Throws: ``DataFolder/Refusal`` with a sentence that says what to do, or ``StoreError``.
  package static func open(
    _ folder: DataFolder, _ settings: IssuerSettings, logger: Logger
  ) async throws -> Issuer {
    let ring = try folder.keyRing()
    let database = try await folder.database(databaseName, migrations: IssuerSchema.migrations, size: .large) {
      rows, more in
      // A line every few seconds.
      guard rows / 20_000 > (rows - more) / 20_000 else { return }
      logger.notice(
        "the database is being brought up to date for this version; calls are answered when that is done",
        metadata: ["rows": "\(rows)"])
    }
    let issuer = Issuer(
      database: database, ring: ring,
      clock: .system, random: .system, settings: settings,
      revocationLog: try RevocationLog.file(path: folder.file("revocations.log")), logger: logger)
    try await issuer.start()
    return issuer
  }
}
