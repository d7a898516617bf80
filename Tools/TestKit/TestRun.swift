import Foundation

/// This run of the tests: one folder for all that it makes, and the programs that it has started.
///
/// A lock on the folder tells whether its run still lives, however it ended. What a run that was killed has left, folders
/// and programs, the next one of the same user removes.
package struct TestRun: Sendable {
  package static let current: TestRun = {
    atexit { TestRun.current.end() }
    return TestRun(parent: NSTemporaryDirectory() + "evergrant-tests-\(getuid())")
  }()

  package let folder: Result<String, any Error>

  private static let lockName = "lock", programsName = "programs"

  package init(parent: String) {
    folder = Result {
      try FileManager.default.createDirectory(
        // Some tests run programs as another user, who must get through.
        atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
      // A run that begins beside this one must not find a folder that is made and not yet locked.
      let turn = try Self.lock(parent, O_RDONLY | O_DIRECTORY, LOCK_EX)
      defer { close(turn) }
      Self.removeAbandoned(in: parent)
      let path = parent + "/" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      _ = try Self.lock(path + "/" + Self.lockName, O_RDWR | O_CREAT, LOCK_EX | LOCK_NB)
      return path
    }
  }

  /// Has the next run end this program, should this one be killed before it can.
  package func started(_ pid: Int32) {
    guard let path = try? folder.get(), let birth = Self.birth(of: pid) else { return }
    let list = open(path + "/" + Self.programsName, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard list >= 0 else { return }
    defer { close(list) }
    let line = Array("\(pid) \(birth)\n".utf8)
    _ = write(list, line, line.count)
  }

  /// Removes the folder of a run that ends by itself.
  package func end() {
    if let path = try? folder.get() { try? FileManager.default.removeItem(atPath: path) }
  }

  private static func removeAbandoned(in parent: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for path in names.map({ parent + "/" + $0 }) {
      guard let lock = try? lock(path + "/" + lockName, O_RDWR, LOCK_EX | LOCK_NB) else { continue }
      let list = (try? String(contentsOfFile: path + "/" + programsName, encoding: .utf8)) ?? ""
      for line in list.split(separator: "\n") {
        let words = line.split(separator: " ")
        // The same number may be another's program by now; when it began tells.
        guard words.count == 2, let pid = Int32(words[0]), let known = birth(of: pid), known == words[1] else {
          continue
        }
        kill(pid, SIGKILL)
      }
      try? FileManager.default.removeItem(atPath: path)
      close(lock)
    }
  }

  private static func lock(_ path: String, _ flags: Int32, _ operation: Int32) throws -> Int32 {
    let descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileReadUnknown, userInfo: [NSFilePathErrorKey: path]) }
    guard flock(descriptor, operation) == 0 else {
      close(descriptor)
      throw CocoaError(.fileLocking, userInfo: [NSFilePathErrorKey: path])
    }
    return descriptor
  }

  /// When a program began, in the system's own count; nil where it has ended or the system does not tell.
  private static func birth(of pid: Int32) -> String? {
    // The second field is a name, which may hold anything.
    (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: ")").last?
      .split(separator: " ").dropFirst(19).first.map(String.init)
  }
}
