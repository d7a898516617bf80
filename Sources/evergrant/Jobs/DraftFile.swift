import Foundation
import Store

/// A new file that is written beside its place and is there whole or not at all.
final class DraftFile {
  private let path: String
  private let draft: String
  private let file: WrittenFile

  /// - Throws: `Denied` where it cannot be written, or something is there.
  init(for path: String) throws {
    try Self.requireNothing(at: path)
    self.path = path
    draft = path + ".\(UUID().uuidString).part"
    file = try WrittenFile(path: draft, insteadOf: path, as: path)
  }

  func write(_ bytes: [UInt8]) throws { try file.write(bytes) }

  /// Puts it in its place.
  ///
  /// - Throws: `Denied` where something has come there meanwhile.
  func publish() throws {
    _ = try file.sync()
    try Self.requireNothing(at: path)
    guard rename(draft, path) == 0, DataFolder.syncFolder(DataFolder.parent(of: path)) else {
      throw Denied("\(path) cannot be written: \(String(cString: strerror(errno))).")
    }
  }

  func discard() { unlink(draft) }

  /// An empty file is nothing that anybody could miss.
  private static func requireNothing(at path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else {
      throw Denied("\(path) is there already: name a new file, or take that one away.")
    }
  }
}
