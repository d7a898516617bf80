import Foundation
import Store
import Synchronization

/// A program that a test has started. What it says goes to two files.
package final class Program: Sendable {
  /// How a program has ended, and all that it said.
  package struct Ending: Sendable {
    /// 128 and the signal's number where a signal ended it, as a shell says.
    package var status: Int32
    package var output: String
    package var errors: String

    package func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(output.utf8))
    }
  }

  package let name: String
  package let pid: Int32
  private let files: (output: String, errors: String)
  private let input: FileHandle?
  /// What `waitpid` told; until it has, the process id is this program's and no other's.
  private let status = Mutex<Int32?>(nil)

  /// - Parameters:
  ///   - record: the path of the two files, without `.out` and `.err`.
  ///   - isAnswered: whether ``answer(_:)`` writes to its standard input, which is empty otherwise.
  package init(
    _ path: String, _ arguments: [String], environment: [String: String], name: String, record: String,
    isAnswered: Bool = false
  ) throws {
    self.name = name
    files = (record + ".out", record + ".err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let pipe = isAnswered ? Pipe() : nil
    if let pipe {
      posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForReading.fileDescriptor, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, files.errors, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    // Nothing that this process has open is the program's business, nor the few that another test opens meanwhile.
    let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
    for descriptor in 3..<(open.max() ?? 3) + 100 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    // What whoever runs the tests ignores, as nohup does, a program of theirs does not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var ordinary = sigset_t()
    sigfillset(&ordinary)
    posix_spawnattr_setsigdefault(&attributes, &ordinary)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    let words = ([path] + arguments).map { strdup($0) } + [nil]
    let settings = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, path, &actions, &attributes, words, settings)
    guard failure == 0 else { throw Missed("\(path) cannot be started: \(String(cString: strerror(failure)))") }
    self.pid = pid
    TestRun.current.started(pid)
    input = pipe?.fileHandleForWriting
    try pipe?.fileHandleForReading.close()
  }

  /// Its exit status once it has ended, in the form of ``Ending/status``.
  private var ended: Int32? {
    status.withLock { status in
      var raw: Int32 = 0
      if status == nil, waitpid(pid, &raw, WNOHANG) == pid {
        status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
      }
      return status
    }
  }

  package var isRunning: Bool { ended == nil }
  package var output: String { Self.text(files.output) }
  package var errors: String { Self.text(files.errors) }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  /// Writes one line to its standard input, and ends that.
  package func answer(_ line: String) throws {
    try type(line)
    try input?.close()
  }

  /// Writes one line to its standard input.
  package func type(_ line: String) throws { try input?.write(contentsOf: Data((line + "\n").utf8)) }

  /// Waits until it says something on standard error or output that `pattern` finds.
  package func says<Output>(_ pattern: Regex<Output>, within limit: Duration = farOff) async throws
    -> Regex<Output>.Match
  {
    try await eventually("\(name) says what is awaited; it said: \(errors)", within: limit) {
      for text in [output, errors] { if let match = text.firstMatch(of: pattern) { return match } }
      guard isRunning else { throw Missed("\(name) has ended, and said: \(errors)") }
      return nil
    }
  }

  package func ending(within limit: Duration = farOff) async throws -> Ending {
    let status = try await eventually("\(name) ends", within: limit) { ended }
    return Ending(status: status, output: output, errors: errors)
  }

  /// Asks it to end, as a service manager does.
  package func terminate() async throws -> Ending {
    signal(SIGTERM)
    return try await ending()
  }

  /// Ends it at once, as a power cut does.
  package func kill() async throws {
    signal(SIGKILL)
    _ = try await ending()
  }

  package func signal(_ number: Int32) {
    guard isRunning else { return }
    status.withLock { status in if status == nil { _ = Foundation.kill(pid, number) } }
  }
}
