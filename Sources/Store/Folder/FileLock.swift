import Foundation

/// A lock of this process on a file or folder; it ends with its process, however that ends.
package final class FileLock: Sendable {
  enum Failure: Error, Sendable, Equatable {
    /// Another process has it.
    case taken
    case unavailable(String)
  }

  private let descriptor: Int32

  /// Waits for the lock on a folder, which nobody else has then.
  init(folder: String) throws(Failure) {
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure }
    guard flock(descriptor, LOCK_EX) == 0 else {
      defer { close(descriptor) }
      throw Self.failure
    }
  }

  /// Makes the file if it is not there, and takes the lock without waiting, unless told to.
  init(file: String, shared: Bool, waiting: Bool = false) throws(Failure) {
    descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure }
    guard flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | (waiting ? 0 : LOCK_NB)) == 0 else {
      defer { close(descriptor) }
      throw errno == EWOULDBLOCK ? .taken : Self.failure
    }
  }

  deinit { close(descriptor) }

  private static var failure: Failure { .unavailable(String(cString: strerror(errno))) }
}

extension DataFolder {
  /// Says that this process works on a database, for as long as the lock is held.
  func beginUse(of database: String) throws(Refusal) -> FileLock {
    try lock(
      database, shared: true, otherwise: "\(file(database)) is being restored from a backup. Try again in a moment.")
  }

  /// Keeps every other process off a database, for as long as the lock is held.
  package func beginReplacing(_ database: String) throws(Refusal) -> FileLock {
    try lock(
      database, shared: false,
      otherwise:
        "A server or another command works on \(file(database)). Stop it (evergrant serve), then restore again."
    )
  }

  private var serverLock: String { file("server.lock") }

  /// Says that a server runs on this data, for as long as the lock is held.
  package func beginServing() throws(Refusal) -> FileLock {
    // Whoever looks has the lock for a moment, so it is waited for.
    do throws(FileLock.Failure) { return try FileLock(file: serverLock, shared: true, waiting: true) } catch {
      throw Refusal(description: "\(serverLock) cannot be used: \(error).")
    }
  }

  /// Whether a server has ever run on this data.
  package var hasServed: Bool { FileManager.default.fileExists(atPath: serverLock) }

  /// Whether a server runs on this data; nil where this user cannot tell. Nothing is made.
  package var hasServer: Bool? {
    let descriptor = open(serverLock, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? false : nil }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) != 0
  }

  private func lock(_ database: String, shared: Bool, otherwise sentence: String) throws(Refusal) -> FileLock {
    let path = file(database + ".lock")
    do throws(FileLock.Failure) { return try FileLock(file: path, shared: shared) } catch {
      switch error {
      case .taken: throw Refusal(description: sentence)
      case .unavailable(let reason): throw Refusal(description: "\(path) cannot be used: \(reason).")
      }
    }
  }
}
