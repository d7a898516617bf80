import Foundation

/// How far the server of a data folder is.
package enum ServerSight: Sendable, Equatable {
  case serving
  /// On its way up: it takes no calls yet.
  case starting
  case none
  /// This user cannot tell.
  case unknown
}

extension DataFolder {
  private var startingLock: String { file("starting.lock") }

  /// Says that a server is on its way up, for as long as the lock is held. The lock is let go when the server takes calls, and
  /// so after ``beginServing()``.
  package func beginStarting() throws(Refusal) -> FileLock {
    // Whoever looks has the lock for a moment, so it is waited for.
    do throws(FileLock.Failure) { return try FileLock(file: startingLock, shared: true, waiting: true) } catch {
      throw Refusal(description: "\(startingLock) cannot be used: \(error).")
    }
  }

  /// How far the server is. Looking makes no file. A server holds the starting lock until it has the serving one, so the
  /// starting lock is looked at first.
  package var server: ServerSight {
    let descriptor = open(startingLock, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return .starting }
    return switch hasServer {
    case true?: .serving
    case false?: .none
    case nil: .unknown
    }
  }
}
