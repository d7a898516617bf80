import Dispatch
import Foundation
import Store
import Synchronization
import Wire

/// Every revocation, in a file beside the database: a restored backup must not bring a revoked grant back (law P29), nor a hook
/// as it was before it was deleted or changed.
///
/// A line is the grant's id and the moment in milliseconds since 1970, or `hook`, the hook's key and the revision before which
/// it has ended. A last line that a crash has cut is no entry: its revocation was not answered.
package struct RevocationLog: Sendable {
  private let file: File?

  /// Opens the log, or begins it.
  package static func file(path: String) throws -> RevocationLog { RevocationLog(file: try File(path: path)) }

  /// A log for tests and simulations, which remembers nothing.
  package static var inMemory: RevocationLog { RevocationLog(file: nil) }

  /// Returns once the revocation is on disk.
  func append(_ id: GrantID, at: Timestamp) async throws {
    try await file?.append("\(id.text) \(at.milliseconds)\n")
  }

  /// The revision of a hook that was deleted.
  static let forGood = Int64.max

  /// Returns once it is on disk that a hook has ended as it was before a revision.
  func append(hook key: String, before revision: Int64) async throws {
    try await file?.append("hook \(key) \(revision)\n")
  }

  /// Of each hook that was deleted or changed, the revision before which it has ended.
  func hookEnds() throws -> [String: Int64] {
    try lines().reduce(into: [:]) { ends, words in
      guard words.count == 3, words[0] == "hook", let revision = Int64(words[2]) else { return }
      ends[String(words[1])] = max(revision, ends[String(words[1])] ?? 0)
    }
  }

  func entries() throws -> [(GrantID, Timestamp)] {
    try lines().compactMap { words in
      guard words.count == 2, let id = GrantID(words[0]), let at = Int64(words[1]) else { return nil }
      return (id, Timestamp(milliseconds: at))
    }
  }

  private func lines() throws -> [[Substring]] {
    guard let file else { return [] }
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    return text.split(separator: "\n").map { $0.split(separator: " ") }
  }

  private final class File: Sendable {
    let path: String
    private let handle: FileHandle
    private let queue = DispatchQueue(label: "evergrant.issuer.revocations")

    init(path: String) throws {
      self.path = path
      let isNew = !FileManager.default.fileExists(atPath: path)
      if isNew { try DataFolder.writePrivately("", to: path) }
      let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw StoreError.unavailable("the revocation log \(path) cannot be opened: \(String(cString: strerror(errno)))")
      }
      handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      // A cut last line is closed off, or the next entry would be cut with it.
      let text = try Data(contentsOf: URL(fileURLWithPath: path))
      if let last = text.last, last != UInt8(ascii: "\n") { try Self.write("\n", to: descriptor) }
      if isNew, !DataFolder.syncFolder(DataFolder.parent(of: path)) {
        throw StoreError.unavailable(
          "the folder of the revocation log cannot be synced: \(String(cString: strerror(errno)))")
      }
    }

    func append(_ line: String) async throws {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        queue.async { [handle] in
          continuation.resume(with: Result { try Self.write(line, to: handle.fileDescriptor) })
        }
      }
    }

    /// One `write`, so that lines of several processes do not mix.
    private static func write(_ line: String, to descriptor: Int32) throws {
      let bytes = Array(line.utf8)
      guard Foundation.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
        throw StoreError.unavailable("the revocation log cannot be written: \(String(cString: strerror(errno)))")
      }
    }
  }
}
