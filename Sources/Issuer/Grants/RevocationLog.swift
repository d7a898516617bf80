import Dispatch
import Foundation
import Store
import Synchronization
import Wire

/// Every revocation, in a file beside the database: a restored backup must not bring a revoked grant back (law P29).
///
/// A line is the grant's id and the moment in milliseconds since 1970. A last line that a crash has cut is no entry:
/// its revocation was not answered.
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

  func entries() throws -> [(GrantID, Timestamp)] {
    guard let file else { return [] }
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let id = GrantID(words[0]), let at = Int64(words[1]) else { return nil }
      return (id, Timestamp(milliseconds: at))
    }
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
