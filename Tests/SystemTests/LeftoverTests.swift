import Foundation
import TestKit
import Testing

@Suite("what tests leave") struct LeftoverTests {
  @Test("the next run removes what a run that was killed has left, its programs too, and leaves one that lives alone")
  func killedRun() async throws {
    let parent = try TemporaryFolder()
    let killed = parent.file("killed")
    try FileManager.default.createDirectory(atPath: killed + "/keeper", withIntermediateDirectories: true)
    func start(_ name: String) throws -> Program {
      try Program("/usr/bin/tail", ["-f", "/dev/null"], environment: [:], name: name, record: parent.file(name))
    }
    let program = try start("left"), other = try start("other")

    let living = TestRun(parent: parent.path)
    living.started(program.pid)
    let list = try living.folder.get() + "/programs"
    let known = try String(contentsOfFile: list, encoding: .utf8)
    // A number that went to another program since is not that program's.
    try (known + "\(other.pid) 1\n").write(toFile: killed + "/programs", atomically: true, encoding: .utf8)
    try "".write(toFile: killed + "/lock", atomically: true, encoding: .utf8)

    let next = TestRun(parent: parent.path)
    #expect(try await program.ending().status == 128 + SIGKILL)
    #expect(other.isRunning)
    #expect(!FileManager.default.fileExists(atPath: killed))
    #expect(FileManager.default.fileExists(atPath: try living.folder.get()))
    next.end()
    #expect(!FileManager.default.fileExists(atPath: try next.folder.get()))
    try await other.kill()
    withExtendedLifetime(parent) {}
  }
}
