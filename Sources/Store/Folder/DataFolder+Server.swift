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

  /// Says that a server is on its way up, for as long as the lock is held. It is let go when the server takes calls, and so
  /// after ``beginServing()``.
  package func beginStarting() throws(Refusal) -> FileLock {
    // Whoever looks has it for a moment.
    do throws(FileLock.Failure) { return try FileLock(file: startingLock, shared: true, waiting: true) } catch {
      throw Refusal(description: "\(startingLock) cannot be used: \(error).")
    }
  }

  /// Nothing is made by looking. A server holds one lock until it has the other, so the order of the looks counts.
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
