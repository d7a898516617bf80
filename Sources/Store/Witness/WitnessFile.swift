import Crypto
import Dispatch
import Foundation
import Synchronization
import Wire

/// The witness as a file of two records that are written in turn: a cut while one is written leaves the other.
package final class WitnessFile: Witness {
  private static let recordSize = 512
  private let path: String
  private let isSynced: Bool
  private let queue = DispatchQueue(label: "evergrant.witness.sync")
  /// Whether something was written and could not be synced: what the file says is then not what a power cut leaves.
  private let isUnsure = Atomic(false)

  /// - Parameter isSynced: whether a mark survives a power cut once it is raised.
  package init(path: String, isSynced: Bool = true) {
    self.path = path
    self.isSynced = isSynced
  }

  package func read() throws -> WitnessReading {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return .missing }
      throw StoreError.unavailable("the witness \(path) cannot be read: \(Self.reason)")
    }
    defer { close(descriptor) }
    if let newest = Self.newest(descriptor) { return .mark(newest) }
    // Somebody may be writing it at this moment.
    guard flock(descriptor, LOCK_SH) == 0 else {
      throw StoreError.unavailable("the witness \(path) cannot be read: \(Self.reason)")
    }
    if let newest = Self.newest(descriptor) { return .mark(newest) }
    return lseek(descriptor, 0, SEEK_END) == 0 ? .missing : .damaged
  }

  package func raise(to mark: WitnessMark) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      queue.async { continuation.resume(with: Result { try self.write(mark) }) }
    }
  }

  private func write(_ mark: WitnessMark) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX) == 0 else { throw failure }
    let isNew = lseek(descriptor, 0, SEEK_END) == 0
    let records = Self.records(descriptor)
    let known = records.compactMap(\.self).filter { $0.store == mark.store }.map(\.landings).max() ?? -1
    guard mark.landings > known || isUnsure.load(ordering: .relaxed) else { return }
    let mark = WitnessMark(store: mark.store, landings: max(mark.landings, known))
    // The record with the lower count is the one to lose.
    let place = (records[0]?.landings ?? -1) <= (records[1]?.landings ?? -1) ? 0 : 1
    // A mark of another store could be taken for the newest, so it is overwritten too.
    let stale = records[1 - place].map { $0.store != mark.store } ?? false
    isUnsure.store(isSynced, ordering: .relaxed)
    for record in stale ? [0, 1] : [place] {
      let bytes = Self.encode(mark)
      guard pwrite(descriptor, bytes, bytes.count, off_t(record * Self.recordSize)) == bytes.count else {
        throw failure
      }
    }
    guard isSynced else { return }
    guard fdatasync(descriptor) == 0 else { throw failure }
    guard !isNew || DataFolder.syncFolder(DataFolder.parent(of: path)) else { throw failure }
    isUnsure.store(false, ordering: .relaxed)
  }

  private var failure: StoreError { .unavailable("the witness \(path) cannot be written: \(Self.reason)") }
  private static var reason: String { String(cString: strerror(errno)) }

  private static func newest(_ descriptor: Int32) -> WitnessMark? {
    records(descriptor).compactMap(\.self).max { $0.landings < $1.landings }
  }

  private static func records(_ descriptor: Int32) -> [WitnessMark?] {
    (0..<2).map { index in
      var bytes = [UInt8](repeating: 0, count: recordSize)
      let count = pread(descriptor, &bytes, recordSize, off_t(index * recordSize))
      return count == recordSize ? decode(bytes) : nil
    }
  }

  /// `store landings digest` and a line end, filled up with blanks.
  private static func encode(_ mark: WitnessMark) -> [UInt8] {
    let text = "\(mark.store) \(mark.landings)"
    let line = "\(text) \(digest(text))\n"
    return Array(line.utf8) + [UInt8](repeating: 0x20, count: recordSize - line.utf8.count)
  }

  private static func decode(_ bytes: [UInt8]) -> WitnessMark? {
    let words = bytes.prefix { $0 != UInt8(ascii: "\n") }.split(separator: 0x20).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard words.count == 3, let landings = Int64(words[1]), digest("\(words[0]) \(words[1])") == words[2] else {
      return nil
    }
    return WitnessMark(store: words[0], landings: landings)
  }

  private static func digest(_ text: String) -> String {
    Array(SHA256.hash(data: Array(text.utf8)).prefix(16)).hex
  }
}
