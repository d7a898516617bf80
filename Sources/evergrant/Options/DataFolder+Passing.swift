import Foundation
import Store

extension DataFolder {
  /// A new folder in the temporary one, for a command that leaves nothing behind. What stayed of killed ones goes.
  ///
  /// - Parameter kind: of the folder's name, the same for all that one command makes.
  static func passing(_ kind: String) throws -> DataFolder {
    let parent = NSTemporaryDirectory(), prefix = "evergrant-\(kind)-"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(prefix) {
      let old = DataFolder(lookingAt: parent + name)
      // One that begins at this moment has no lock yet.
      if old.hasServed, old.hasServer == false { try? FileManager.default.removeItem(atPath: old.path) }
    }
    return try DataFolder(path: parent + prefix + UUID().uuidString.prefix(8))
  }
}
