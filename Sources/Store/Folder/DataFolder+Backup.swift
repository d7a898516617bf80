import Foundation

/// Copies of a database that leave the folder, and come back.
extension DataFolder {
  /// Puts a copy of a database of this folder at `path`: its owner's alone, synced, whole or not at all.
  ///
  /// - Parameter replacing: whether a file that is there is replaced.
  package func backUp(_ database: SQLite, to path: String, replacing: Bool) async throws {
    if FileManager.default.fileExists(atPath: path) {
      guard replacing else {
        throw Refusal(description: "\(path) is there already. Name another file, or replace it with --replace.")
      }
      guard !databases.contains(where: { Self.isSame(file($0), path) }) else {
        throw Refusal(description: "\(path) is the database itself. Name another file.")
      }
    }
    let draft = path + ".\(UUID().uuidString)"
    try Self.writePrivately("", to: draft)
    defer { unlink(draft) }
    try await database.copy(into: draft)
    let copy = try SQLite.copy(at: draft)
    let damage = try await copy.damage()
    try copy.close()
    if let damage {
      throw Refusal(description: "The database is damaged (\(damage)). Run: evergrant doctor")
    }
    try Self.sync(draft)
    guard rename(draft, path) == 0, Self.syncFolder(DataFolder.parent(of: path)) else {
      throw Refusal(description: "\(path) cannot be written: \(String(cString: strerror(errno))).")
    }
  }

  /// A private copy of a file, in this folder, to be looked at before it is put in place.
  package func draft(of path: String, for database: String) throws -> String {
    for name in try FileManager.default.contentsOfDirectory(atPath: self.path)
    where name.hasPrefix(database + Self.draftMark) { unlink(file(name)) }
    let draft = file(database + Self.draftMark + UUID().uuidString)
    do {
      try FileManager.default.copyItem(atPath: path, toPath: draft)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
    } catch {
      unlink(draft)
      throw Refusal(description: "\(path) cannot be read: \(error.localizedDescription)")
    }
    return draft
  }

  private static let draftMark = ".restoring-"

  private static func isSame(_ left: String, _ right: String) -> Bool {
    var one = stat(), other = stat()
    return stat(left, &one) == 0 && stat(right, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev
  }

  static func sync(_ path: String) throws(Refusal) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw Refusal(description: "\(path) cannot be synced: \(String(cString: strerror(errno))).")
    }
  }
}
