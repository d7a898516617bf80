import Foundation

/// How far the server of a data folder is.
package enum ServerSight: Sendable, Equatable {
  case serving
  /// On its way up: it takes no calls yet.
  case starting
  /// It runs as this process, and does not answer.
  case silent(process: Int32)
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

/// A server that runs, and where it has said that it can be asked.
package struct RunningServer: Sendable, Equatable {
  package var process: Int32
  package var origin: String
}

extension DataFolder {
  private static let noticeMark = (start: "server-", end: ".origin")

  private func notice(of process: Int32) -> String { file("\(Self.noticeMark.start)\(process)\(Self.noticeMark.end)") }

  /// Says where the server of this process can be asked whether it answers, for as long as the lock is held. What servers have
  /// left that have ended is taken away.
  package func tellOrigin(_ origin: String, of process: Int32 = getpid()) throws(Refusal) -> FileLock {
    for left in noticed where left != process && !holds(left) { unlink(notice(of: left)) }
    let path = notice(of: process), lock: FileLock
    // Whoever looks has the lock for a moment, so it is waited for.
    do throws(FileLock.Failure) { lock = try FileLock(file: path, shared: false, waiting: true) } catch {
      throw Refusal(description: "\(path) cannot be used: \(error).")
    }
    guard (try? origin.write(toFile: path, atomically: false, encoding: .utf8)) != nil else {
      throw Refusal(description: "\(path) cannot be written.")
    }
    return lock
  }

  /// Takes back what was said of this process.
  package func forgetOrigin(of process: Int32 = getpid()) { unlink(notice(of: process)) }

  /// The servers that run on this data and have said where they can be asked. Looking makes and changes nothing.
  package var servers: [RunningServer] {
    noticed.filter(holds).compactMap { process in
      let text = try? String(contentsOfFile: notice(of: process), encoding: .utf8)
      return text.flatMap { $0.isEmpty ? nil : RunningServer(process: process, origin: $0) }
    }
  }

  private var noticed: [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(Self.noticeMark.start) && $0.hasSuffix(Self.noticeMark.end) }
      .compactMap { Int32($0.dropFirst(Self.noticeMark.start.count).dropLast(Self.noticeMark.end.count)) }.sorted()
  }

  /// Whether the process has the lock on what was said of it, and so runs.
  private func holds(_ process: Int32) -> Bool {
    let descriptor = open(notice(of: process), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}
