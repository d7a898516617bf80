import Foundation
import OAuth

/// The key file of a data folder.
package struct KeyFile: KeySource {
  package let folder: DataFolder
  package var path: String { folder.keyPath }

  package init(_ folder: DataFolder) { self.folder = folder }

  package func mark() -> KeyMark? {
    var file = stat()
    guard stat(path, &file) == 0 else { return nil }
    return KeyMark(file: UInt64(file.st_ino), written: file.modified)
  }

  package func read() throws -> Secret {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw DataFolder.Refusal(description: "The key file \(path) cannot be read by this user.")
    }
    return Secret(text)
  }

  package func replace(_ change: (Secret) throws -> Secret) throws {
    try folder.alone {
      // A key file elsewhere may belong to other data too, and nobody has looked which of its keys that data needs.
      guard path == folder.file("key") else {
        throw DataFolder.Refusal(
          description: "The key file \(path) is not changed where it is. Put it back into the data folder, and take "
            + "master-key out of the settings, for as long as the keys change.")
      }
      let text = try change(try read())
      try DataFolder.replace(path, by: text.exposed)
    }
  }
}

extension stat {
  /// When the content was last written, in nanoseconds since 1970.
  var modified: Int64 {
    #if os(Linux)
      Int64(st_mtim.tv_sec) * 1_000_000_000 + Int64(st_mtim.tv_nsec)
    #else
      Int64(st_mtimespec.tv_sec) * 1_000_000_000 + Int64(st_mtimespec.tv_nsec)
    #endif
  }
}
