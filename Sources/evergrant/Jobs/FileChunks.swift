import Foundation

/// A file in pieces, so that its size does not matter.
struct FileChunks {
  private let handle: FileHandle

  init(path: String) throws {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Denied(
        access(path, F_OK) == 0
          ? "The file \(path) cannot be read by the user \(DataOwner.name)." : "There is no file \(path)."
      )
    }
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
      throw Denied("\(path) is a folder: name a file in it.")
    }
    self.handle = handle
  }

  /// - Returns: nil behind the end.
  func next() throws -> [UInt8]? {
    guard let data = try handle.read(upToCount: 64 << 10), !data.isEmpty else { return nil }
    return Array(data)
  }
}
