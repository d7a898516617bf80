import Foundation

/// A file that a job writes as it goes, readable by its owner alone, since it is about people.
final class WrittenFile {
  private let path: String
  /// What it is called to a person.
  private let name: String
  private let descriptor: Int32
  /// What tells it from another file of its name that has come into its place.
  private let number: String
  /// Whether this run has made it, or an earlier one of the same import.
  private let isOwn: Bool
  private var pending: [UInt8] = []
  /// With what waits to be written, in bytes.
  private(set) var length: Int64

  /// - Parameters:
  ///   - source: the file that the job reads, which must not be written over.
  ///   - name: what it is called to a person, where that is not its path.
  ///   - noted: what ``sync()`` told an earlier run of the same import; that much of what it has written stays.
  /// - Throws: `Denied` where it cannot be written, or holds something that this import has not written.
  init(path: String, insteadOf source: String, as name: String? = nil, noted: [String: Int64] = [:]) throws {
    guard URL(filePath: path).resolvingSymlinksInPath() != URL(filePath: source).resolvingSymlinksInPath() else {
      throw Denied("\(path) is the file that is imported: give what is written another name.")
    }
    self.path = path
    self.name = name ?? path
    let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    descriptor = made >= 0 || errno != EEXIST ? made : open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw Denied("\(self.name) cannot be written by the user \(DataOwner.name): \(reason).")
    }
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    let size = Int64(status.st_size)
    number = "\(status.st_ino)"
    let kept = noted[number].flatMap { $0 <= size ? $0 : nil }
    isOwn = made >= 0 || kept != nil
    length = kept ?? 0
    guard !isFile || isOwn || size == 0 else {
      throw Denied("\(self.name) is there already, and not of this import: name a new file, or take that one away.")
    }
    // What is no file, such as a pipe, cannot be cut, and need not be.
    if isFile {
      guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw failure() }
    }
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) throws {
    pending += bytes
    length += Int64(bytes.count)
    if pending.count > 64 << 10 { try flush() }
  }

  /// - Returns: how many bytes are on disk, by the file's number.
  func sync() throws -> [String: Int64] {
    try flush()
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else { throw failure() }
    return [number: length]
  }

  /// Takes the file away again; one that was there before stays, and what is no file, such as a device.
  func remove() {
    var status = stat()
    if isOwn, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG { unlink(path) }
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
    Denied("\(name) cannot be written: \(String(cString: strerror(errno))).")
  }
}

/// The system's own call, whose name the class has for itself.
private func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
