import Foundation
import Operator

/// Runs a program for each notice: no shell, the notice as JSON on its standard input and nothing of it anywhere else.
///
/// The program gets a path and a home, and what it says goes nowhere; it has taken the notice when it ends with 0. What
/// still runs at the deadline is ended, with all that it has started.
struct CommandChannel: AlertChannel {
  let path: String
  let arguments: [String]
  var deadline = AlertPolicy.deadline

  /// - Throws: where the path is not that of a program, so that nobody finds out at 03:00.
  init(path: String, arguments: [String]) throws {
    guard path.hasPrefix("/") else {
      throw Denied("\(path) is not a whole path: name the program as /usr/local/bin/….")
    }
    self.path = path
    self.arguments = arguments
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Denied("\(path) is not there, or not a program that this user may run.")
    }
  }

  func deliver(_ notice: AlertNotice) async throws {
    let pid = try start(notice.json)
    let status = await withCheckedContinuation { continuation in
      // The wait blocks, so it has a thread of its own and not one of the pool.
      Thread.detachNewThread { [deadline] in continuation.resume(returning: Self.wait(for: pid, deadline)) }
    }
    switch status {
    case 0?: return
    case let status?: throw Denied("\(path) ended with \(status).")
    case nil: throw Denied("\(path) did not end in \(deadline.components.seconds) s.")
    }
  }

  private func start(_ input: [UInt8]) throws -> pid_t {
    // A pipe holds 64 KiB and a notice is far smaller: it is all in there before the program starts.
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data(input))
    try pipe.fileHandleForWriting.close()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForReading.fileDescriptor, 0)
    for descriptor: Int32 in [1, 2] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
    }
    // Nothing that this process has open is the program's business.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/dev/fd").compactMap { Int32($0) }
    for descriptor in open where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setpgroup(&attributes, 0)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
    let own = ProcessInfo.processInfo.environment
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = ["PATH", "HOME", "LANG"].compactMap { name in own[name].map { strdup("\(name)=\($0)") } } + [nil]
    defer { for text in words + settings { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, path, &actions, &attributes, words, settings)
    guard failure == 0 else { throw Denied("\(path) cannot be started: \(String(cString: strerror(failure))).") }
    return pid
  }

  /// - Returns: the exit status, 128 and the signal's number where a signal ended it, or nil where it had to be ended.
  private static func wait(for pid: pid_t, _ deadline: Duration) -> Int32? {
    let end = ContinuousClock.now + deadline
    var isLate = false
    while true {
      var raw: Int32 = 0
      if waitpid(pid, &raw, WNOHANG) != 0 {
        return isLate ? nil : raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
      }
      if ContinuousClock.now >= end {
        isLate = true
        kill(-pid, SIGKILL)
      }
      usleep(20_000)
    }
  }
}
