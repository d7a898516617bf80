import Foundation
import HostileProvider
import Synchronization
import Wire

/// `evergrant serve` as a process of its own, which can be killed from any thread.
final class KeeperProcess: Sendable {
  let pid: Int32
  let port: Int
  private let fate = Mutex(Fate())

  private struct Fate {
    var killedAt: ContinuousClock.Instant?
    /// What `waitpid` told; until it has, the process id is this process's and no other's.
    var status: Int32?
  }

  /// Starts the server and waits until it says where it listens.
  ///
  /// - Parameter record: the path of two files without `.out` and `.err`: what it says goes there.
  static func start(_ binary: String, data: String, record: String) async throws -> KeeperProcess {
    let pid = try spawn(
      [binary, "serve", "--json", "--data", data, "--port", "0", "--control-port", "0", "--threads", "1"],
      record: record)
    let process = KeeperProcess(pid: pid)
    for _ in 0..<6000 {
      let said = FileManager.default.contents(atPath: record + ".out") ?? Data()
      if said.last == UInt8(ascii: "\n"), let ports = try? JSONDecoder().decode(Ports.self, from: said) {
        return KeeperProcess(pid: pid, port: ports.port)
      }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(5))
    }
    process.kill()
    throw Failed("evergrant serve does not start; what it said is in \(record).err")
  }

  private struct Ports: Decodable { var port: Int }

  init(pid: Int32, port: Int = 0) {
    self.pid = pid
    self.port = port
  }

  var isRunning: Bool { ended == nil }

  var killedAt: ContinuousClock.Instant? { fate.withLock { $0.killedAt } }

  /// Ends it as a power cut does, once.
  func kill() {
    fate.withLock { fate in
      guard fate.status == nil, fate.killedAt == nil else { return }
      fate.killedAt = .now
      _ = Foundation.kill(pid, SIGKILL)
    }
  }

  /// Asks it to stop, and waits for that.
  ///
  /// - Returns: its exit status.
  func terminate() async throws -> Int32 {
    fate.withLock { if $0.status == nil { _ = Foundation.kill(pid, SIGTERM) } }
    return try await ending()
  }

  /// Waits until it is gone; 128 and the signal's number where a signal ended it.
  @discardableResult
  func ending() async throws -> Int32 {
    for _ in 0..<90_000 {
      if let status = ended { return status }
      try await Task.sleep(for: .milliseconds(1))
    }
    kill()
    throw Failed("the keeper with the process id \(pid) does not end")
  }

  private var ended: Int32? {
    fate.withLock { fate in
      var raw: Int32 = 0
      if fate.status == nil, waitpid(pid, &raw, WNOHANG) == pid {
        fate.status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
        Children.remove(pid)
      }
      return fate.status
    }
  }
}

/// Starts a program with nothing of ours open in it.
func spawn(_ words: [String], record: String) throws -> Int32 {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, 1, record + ".out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  posix_spawn_file_actions_addopen(&actions, 2, record + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
  for descriptor in open where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
  let arguments = words.map { strdup($0) } + [nil]
  let environment: [String] = ["LANG=C.UTF-8", "PATH=/usr/bin:/bin"]
  let settings = environment.map { strdup($0) } + [nil]
  defer { for text in arguments + settings { free(text) } }
  var pid: pid_t = 0
  let failure = posix_spawn(&pid, words[0], &actions, nil, arguments, settings)
  if failure == 0 { Children.add(pid) }
  guard failure == 0 else { throw Failed("\(words[0]) cannot be started: \(String(cString: strerror(failure)))") }
  return pid
}

/// The processes that we have started and that must not outlive us.
enum Children {
  private static let pids = Mutex<Set<Int32>>([])

  static func add(_ pid: Int32) { pids.withLock { _ = $0.insert(pid) } }
  static func remove(_ pid: Int32) { pids.withLock { _ = $0.remove(pid) } }
  static func killAll() { pids.withLock { for pid in $0 { kill(pid, SIGKILL) } } }
}

/// Why the drill cannot go on, in a sentence.
struct Failed: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
