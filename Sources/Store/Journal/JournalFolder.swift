import Foundation
import Synchronization

/// Journals as files of one folder. Each is locked by its process for as long as that lives, so a lock that can be had tells
/// of a process that has ended, however it ended.
package final class JournalFolder: Journals {
  private let path: String
  private let process: String
  private let mine = Mutex<Journal?>(nil)
  private let taken = Mutex<[String: Journal]>([:])

  /// - Throws: ``DataFolder/Refusal`` where the folder cannot be made.
  package init(path: String, process: String) throws {
    self.path = path
    self.process = process
    do { try DataFolder.make(path) } catch {
      throw DataFolder.Refusal(description: "The folder \(path) cannot be made: \(error.localizedDescription).")
    }
    // Whoever made the folder may have died before that was synced.
    guard DataFolder.syncFolder(DataFolder.parent(of: path)) else {
      throw DataFolder.Refusal(description: "The folder \(path) cannot be synced: \(Self.reason).")
    }
  }

  package func own() throws -> Journal {
    try mine.withLock { mine in
      if let journal = mine { return journal }
      let journal = Journal(process: process, medium: try layOut())
      mine = journal
      return journal
    }
  }

  package func abandoned() throws -> [Journal] {
    try taken.withLock { taken in
      for other in try processes() where other != process && taken[other] == nil {
        guard let descriptor = try openFile(of: other) else { continue }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isStill(file(other), descriptor) else {
          close(descriptor)
          continue
        }
        JournalHold.markTaken(descriptor)
        taken[other] = Journal(process: other, medium: FileMedium(descriptor: descriptor, size: Journal.size))
      }
      return taken.values.sorted { $0.process < $1.process }
    }
  }

  package func retire(_ journal: Journal) throws {
    guard unlink(file(journal.process)) == 0 || errno == ENOENT else {
      throw StoreError.unavailable("the journal \(file(journal.process)) cannot be removed: \(Self.reason)")
    }
    taken.withLock { $0[journal.process] = nil }
    if journal.process == process { mine.withLock { $0 = nil } }
  }

  package func living() throws -> [String] {
    try processes().filter { other in
      if other == process { return true }
      guard let descriptor = try openFile(of: other) else { return false }
      defer { close(descriptor) }
      return JournalHold(of: descriptor) == .byItsProcess
    }
  }

  package func entries(of process: String) throws -> [Journal.Entry] {
    guard let descriptor = try openFile(of: process) else { return [] }
    return try Journal(process: process, medium: FileMedium(descriptor: descriptor, size: Journal.size)).entries()
  }

  package func sync() async throws {
    for process in try processes() {
      guard let descriptor = try openFile(of: process) else { continue }
      try await FileMedium(descriptor: descriptor, size: Journal.size).sync()
    }
  }

  /// - Returns: nil where there is no file any more. One that cannot be opened is an error, since it may hold an answer.
  private func openFile(of process: String) throws -> Int32? {
    let descriptor = open(file(process), O_RDWR | O_CLOEXEC)
    if descriptor >= 0 { return descriptor }
    if errno == ENOENT { return nil }
    throw StoreError.unavailable("the journal \(file(process)) cannot be opened: \(Self.reason)")
  }

  /// Lays out a journal under a name that nobody looks at, and gives it its own when it is locked and synced.
  private func layOut() throws -> FileMedium {
    let draft = path + "/.\(process)"
    let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError.unavailable("\(draft) cannot be made: \(Self.reason)") }
    let failure = posix_fallocate(descriptor, 0, off_t(Journal.size))
    guard failure == 0, fsync(descriptor) == 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0,
      rename(draft, file(process)) == 0
    else {
      let reason = failure == 0 ? Self.reason : String(cString: strerror(failure))
      unlink(draft)
      close(descriptor)
      throw StoreError.unavailable("the journal \(file(process)) cannot be laid out: \(reason)")
    }
    guard DataFolder.syncFolder(path) else {
      let reason = Self.reason
      unlink(file(process))
      close(descriptor)
      throw StoreError.unavailable("the folder \(path) cannot be synced: \(reason)")
    }
    return FileMedium(descriptor: descriptor, size: Journal.size)
  }

  private func file(_ process: String) -> String { path + "/" + process + Self.suffix }

  package func processes() throws -> [String] { try Self.processes(in: path) }

  static func processes(in path: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).filter {
        $0.hasSuffix(suffix) && !$0.hasPrefix(".")
      }
      .map { String($0.dropLast(suffix.count)) }.sorted()
    } catch {
      throw StoreError.unavailable("the folder \(path) cannot be read: \(error.localizedDescription)")
    }
  }

  /// Whether a path still leads to an open file, and not to one that was removed or made since.
  private static func isStill(_ path: String, _ descriptor: Int32) -> Bool {
    var named = stat(), held = stat()
    return stat(path, &named) == 0 && fstat(descriptor, &held) == 0 && named.st_ino == held.st_ino
  }

  static let suffix = ".journal"
  static var reason: String { String(cString: strerror(errno)) }
}
