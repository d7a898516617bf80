import Foundation
import Wire

/// The folder that holds a server's data: the key file and the databases, readable by their owner alone.
package struct DataFolder: Sendable {
  package let path: String
  /// The file with the keys that seal what is stored; it may lie elsewhere, as a systemd credential does.
  package let keyPath: String

  /// A folder for looking only: it may be missing, and nothing is made.
  package init(lookingAt path: String, keyPath: String? = nil) {
    self.path = path
    self.keyPath = keyPath ?? path + "/key"
  }

  /// Why a server does not start, in a sentence that says what to do.
  package struct Refusal: Error, Sendable, CustomStringConvertible {
    package var description: String
    package init(description: String) { self.description = description }
  }

  /// Makes the folder if it is not there.
  package init(path: String, keyPath: String? = nil) throws(Refusal) {
    self.init(lookingAt: path, keyPath: keyPath)
    do { try Self.make(path) } catch {
      throw Refusal(
        description: "The data folder \(path) cannot be made: \(error.localizedDescription). Name another with --data.")
    }
    guard access(path, W_OK) == 0 else {
      throw Refusal(
        description:
          "The data folder \(path) is \(Self.owner(of: path))'s and not writable by this user. Run this as that user or "
          + "with sudo, or name another folder with --data.")
    }
  }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Reads the key file.
  ///
  /// - Parameter creating: whether a missing one is made, as long as no database is there that an old key has sealed.
  package func keyRing(creating: Bool = true, random: Randomness = .system) throws(Refusal) -> KeyRing {
    let path = keyPath
    if !FileManager.default.fileExists(atPath: path) {
      guard creating, !hasDatabase, path == file("key") else {
        throw Refusal(
          description:
            "The key file \(path) is missing. Put the one back that belongs to this data; without it nothing opens.")
      }
      try Self.create(KeyRing.newFile(random).exposed, at: path)
    }
    guard !isFolder(path) else {
      throw Refusal(description: "The key file \(path) is a folder. Name the file in it with master-key.")
    }
    // A service manager keeps a credential in a folder that only the service can read, so the file's group may read it.
    try Self.requirePrivate(path, group: path != file("key"))
    let ring: KeyRing?
    do { ring = try KeyRing(KeyFile(self)) } catch {
      throw Refusal(description: "The key file \(path) cannot be read by this user.")
    }
    guard let ring else {
      throw Refusal(
        description:
          "The key file \(path) is damaged: each line must be a number and 32 bytes in base64. Put back "
          + "the copy that you keep; backups hold none."
      )
    }
    return ring
  }

  /// Opens a database of this folder and brings its schema up to date.
  ///
  /// - Parameter told: is told how many rows were gone through for it so far, and how many of them since it was told last.
  package func database(
    _ name: String, migrations: [Migration], size: SQLite.Size = .small,
    telling told: @escaping @Sendable (_ rows: Int, _ more: Int) -> Void = { _, _ in }
  ) async throws -> SQLite {
    let path = file(name)
    let use = try beginUse(of: name)
    try alone { try finishReplacing(name) }
    if !FileManager.default.fileExists(atPath: path) { try Self.create("", at: path) }
    do {
      // Two processes that turn a new database's log on at once would lock each other out.
      let database = try alone { try SQLite(path: path, size: size, use: use) }
      try await database.migrate(migrations, telling: told)
      return database
    } catch let error as StoreError {
      throw Refusal(description: "The database \(path) cannot be opened. \(error)")
    }
  }

  /// Does something that no two processes may do in this folder at once.
  func alone<Result>(_ act: () throws -> Result) throws -> Result {
    let lock: FileLock
    do { lock = try FileLock(folder: path) } catch {
      throw Refusal(description: "The data folder \(path) cannot be locked: \(error).")
    }
    return try withExtendedLifetime(lock, act)
  }

  /// Replaces a file, whole or not at all, and returns when that is synced.
  package static func replace(_ path: String, by text: String) throws(Refusal) {
    let draft = path + ".\(UUID().uuidString)"
    try writePrivately(text, to: draft)
    // A plain name is one in the folder where the process stands.
    let folder = DataFolder.parent(of: path)
    guard rename(draft, path) == 0, syncFolder(folder.isEmpty ? "." : folder) else {
      let reason = String(cString: strerror(errno))
      unlink(draft)
      throw Refusal(description: "\(path) cannot be replaced: \(reason).")
    }
  }

  /// The folder that a file or folder is named in; empty for a plain name. Foundation's own function does not survive a plain
  /// name of one letter.
  package static func parent(of path: String) -> String {
    let name = path.reversed().drop { $0 == "/" }.drop { $0 != "/" }
    let parent = String(name.drop { $0 == "/" }.reversed())
    return parent.isEmpty && path.hasPrefix("/") ? "/" : parent
  }

  /// Makes a folder that only its owner can read, and those above it that are missing, and syncs what they are named in.
  static func make(_ path: String) throws {
    var parents: [String] = [], missing = path
    while !missing.isEmpty, !FileManager.default.fileExists(atPath: missing) {
      missing = DataFolder.parent(of: missing)
      parents.append(missing)
    }
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for parent in parents where !syncFolder(parent) {
      throw Refusal(description: "\(parent) cannot be synced: \(String(cString: strerror(errno)))")
    }
  }

  /// - Parameter path: the folder; an empty one is where this process works, as the parent of a relative name is.
  package static func syncFolder(_ path: String) -> Bool {
    let folder = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return false }
    defer { close(folder) }
    return fsync(folder) == 0
  }

  /// Makes a file whole under its name or not at all, and leaves one that another process has made meanwhile.
  private static func create(_ text: String, at path: String) throws(Refusal) {
    let draft = path + ".\(UUID().uuidString)"
    try writePrivately(text, to: draft)
    let failure = link(draft, path) == 0 ? 0 : errno
    unlink(draft)
    guard failure == 0 || failure == EEXIST else {
      throw Refusal(description: "\(path) cannot be created: \(String(cString: strerror(failure))).")
    }
    guard syncFolder(DataFolder.parent(of: path)) else {
      throw Refusal(description: "\(path) cannot be synced: \(String(cString: strerror(errno))).")
    }
  }

  /// Creates a file that only its owner can read, and syncs it.
  package static func writePrivately(_ text: String, to path: String) throws(Refusal) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw Refusal(description: "\(path) cannot be created by the user \(Self.name(of: geteuid())): \(reason).")
    }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(path)
      throw Refusal(description: "\(path) cannot be written: \(reason).")
    }
  }

  /// - Parameter group: whether the file's group may read it.
  /// - Throws: where others than the owner may read the file.
  package static func requirePrivate(_ path: String, group: Bool = false) throws(Refusal) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue else {
      throw Refusal(description: "\(path) cannot be read.")
    }
    guard mode & (group ? 0o037 : 0o077) == 0 else {
      throw Refusal(description: "\(path) can be read by others than its owner. Run: chmod 600 \(path)")
    }
  }

  /// The user whom a file belongs to, by name where there is one.
  private static func owner(of path: String) -> String {
    var file = stat()
    guard stat(path, &file) == 0 else { return "another user" }
    return name(of: file.st_uid)
  }

  /// A user's name, or the number of one who has none here.
  package static func name(of user: uid_t) -> String {
    getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private var hasDatabase: Bool { !databases.isEmpty }

  /// The names of the databases that are in the folder.
  package var databases: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".sqlite") }.sorted()
  }
}
