import Foundation
import Store

/// A file that is written beside its place and is there whole or not at all.
final class DraftFile {
  private let path: String
  private let draft: String
  private let file: WrittenFile

  init(for path: String) throws {
    self.path = path
    draft = path + ".\(UUID().uuidString).part"
    file = try WrittenFile(path: draft, insteadOf: path, as: path)
  }

  func write(_ bytes: [UInt8]) throws { try file.write(bytes) }

  /// Puts it in its place, over what was there.
  func publish() throws {
    _ = try file.sync()
    guard rename(draft, path) == 0, DataFolder.syncFolder(DataFolder.parent(of: path)) else {
      throw Denied("\(path) cannot be replaced: \(String(cString: strerror(errno))).")
    }
  }

  func discard() { unlink(draft) }
}
