import Foundation

/// A file that a job writes as it goes, readable by its owner alone, since it is about people.
final class WrittenFile {
  private let path: String
  private let descriptor: Int32
  private var pending: [UInt8] = []
  /// With what waits to be written, in bytes.
  private(set) var length: Int64

  /// - Parameters:
  ///   - source: the file that the job reads, which must not be written over.
  ///   - kept: how much of what an earlier run has written stays; nothing where that is not there any more.
  init(path: String, insteadOf source: String, keeping kept: Int64 = 0) throws {
    guard URL(filePath: path).resolvingSymlinksInPath() != URL(filePath: source).resolvingSymlinksInPath() else {
      throw Denied("\(path) is the file that is imported: give what is written another name.")
    }
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Denied("\(path) cannot be written by the user \(DataOwner.name): \(String(cString: strerror(errno))).")
    }
    var status = stat()
    let isThere = fstat(descriptor, &status) == 0 && Int64(status.st_size) >= kept
    length = isThere ? kept : 0
    // What is no file, such as a pipe, cannot be cut, and need not be.
    if status.st_mode & S_IFMT == S_IFREG {
      guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw failure() }
    }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws {
    pending += bytes
    length += Int64(bytes.count)
    if pending.count > 64 << 10 { try flush() }
  }

  /// - Returns: how many bytes are on disk.
  func sync() throws -> Int64 {
    try flush()
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw failure() }
    return length
  }

  /// Takes the file away again; what is no file, such as a device, stays.
  func remove() {
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
  }

  private func flush() throws {
    var rest = pending[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { writeSome(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure() }
      rest = rest.dropFirst(count)
    }
    pending = []
  }

  private func failure() -> Denied {
    Denied("\(path) cannot be written: \(String(cString: strerror(errno))).")
  }
}

/// The system's own call, whose name the class has for itself.
private func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
