import Foundation
import Wire

/// Another file in the place of a database that nobody works on; what it replaces stays beside it under a dated name.
///
/// The new file counts from the moment that it has a name of its own in the folder, synced. Until then the folder opens as it
/// was; from then on whoever opens the database first does what is left to do. A log of writes belongs to one database and
/// would be read into another, so all files of the old one are moved aside, synced, before the new one takes the name.
struct Replacement {
  private static let nextMark = ".next-", asideMark = ".replaced-"
  /// What SQLite keeps beside a database.
  private static let companions = ["-wal", "-shm", "-journal"]

  let folder: DataFolder
  let database: String
  /// What both names have in common: a date, and a number where that is taken.
  private let date: String

  private var path: String { folder.file(database) }
  private var next: String { folder.file(database + Self.nextMark + date) }
  /// Where the replaced database is then.
  var aside: String { folder.file(database + Self.asideMark + date) }

  init(of database: String, in folder: DataFolder, at now: Timestamp) {
    let date = now.compact
    let isFree = { (date: String) in
      let replacement = Replacement(folder: folder, database: database, date: date)
      return !replacement.exists(replacement.aside) && !replacement.exists(replacement.next)
    }
    self.init(
      folder: folder, database: database,
      date: (1...).lazy.map { $0 == 1 ? date : "\(date)-\($0)" }.first(where: isFree) ?? date)
  }

  private init(folder: DataFolder, database: String, date: String) {
    self.folder = folder
    self.database = database
    self.date = date
  }

  /// Those that were begun and broken off.
  static func begun(of database: String, in folder: DataFolder) throws -> [Replacement] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().compactMap { name in
      guard name.hasPrefix(database + nextMark) else { return nil }
      return Replacement(
        folder: folder, database: database, date: String(name.dropFirst(database.utf8.count + nextMark.utf8.count)))
    }
  }

  /// What is to be done with a draft, in order; after any of them the process may end.
  func steps(with draft: String) -> [() throws -> Void] {
    [{ try DataFolder.sync(draft) }, { try move(draft, to: next) }, syncFolder] + steps
  }

  /// What is left to be done once the new file has its name, however much of it was done before.
  var steps: [() throws -> Void] {
    let leaving = ([""] + Self.companions).map { suffix -> () throws -> Void in
      { if exists(path + suffix) { try move(path + suffix, to: aside + suffix) } }
    }
    return leaving + [syncFolder, { try move(next, to: path) }, syncFolder]
  }

  private func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: file) }

  private func move(_ file: String, to other: String) throws {
    guard rename(file, other) == 0 else {
      throw DataFolder.Refusal(
        description: "\(file) cannot be renamed to \(other): \(String(cString: strerror(errno))).")
    }
  }

  private func syncFolder() throws {
    guard DataFolder.syncFolder(folder.path) else {
      throw DataFolder.Refusal(description: "\(folder.path) cannot be synced: \(String(cString: strerror(errno))).")
    }
  }
}

extension DataFolder {
  /// Puts a draft in the place of a database. To be called with ``beginReplacing(_:)``, and with the database closed.
  ///
  /// - Returns: where the replaced database is now; nil where there was none.
  package func put(_ draft: String, inPlaceOf database: String, at now: Timestamp) throws -> String? {
    let replacement = Replacement(of: database, in: self, at: now)
    let isReplaced = FileManager.default.fileExists(atPath: file(database))
    for step in replacement.steps(with: draft) { try step() }
    return isReplaced ? replacement.aside : nil
  }

  /// Finishes what a process began that died while it put a draft in place. Must be called while nobody has the database open.
  package func finishReplacing(_ database: String) throws {
    for begun in try Replacement.begun(of: database, in: self) { for step in begun.steps { try step() } }
  }
}
