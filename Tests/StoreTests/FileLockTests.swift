import Foundation
import Synchronization
import TestKit
import Testing

@testable import Store

/// Locks that tell who works in a data folder.
struct FileLockTests {
  @Test("a server that starts while somebody looks whether one runs waits for the look, and is seen afterwards")
  func servingWaits() async throws {
    let outer = try TemporaryFolder(), folder = try DataFolder(path: outer.file("data"))
    #expect(folder.hasServer == false)
    var look: FileLock? = try FileLock(file: folder.file("server.lock"), shared: false)
    let number = try #require(
      try FileManager.default.attributesOfItem(atPath: folder.file("server.lock"))[.systemFileNumber] as? Int)
    #expect(look != nil)
    let hasEnded = Atomic(false)
    async let lock = Task.detached {
      defer { hasEnded.store(true, ordering: .relaxed) }
      return try folder.beginServing()
    }.value
    // The system lists who waits for a lock with an arrow before its file.
    try await eventually("the server waits for the lock") {
      try hasEnded.load(ordering: .relaxed)
        || String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n").contains {
          $0.contains("->") && $0.contains(":\(number) ")
        }
    }
    look = nil
    let serving = try await lock
    #expect(folder.hasServer == true)
    withExtendedLifetime(serving) {}
  }

  @Test("what a server says of itself counts while it runs, and the next one takes away what was left")
  func origins() throws {
    let outer = try TemporaryFolder(), folder = try DataFolder(path: outer.file("data"))
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".origin") }.sorted()
    }
    #expect(folder.servers == [])
    var killed: FileLock? = try folder.tellOrigin("http://127.0.0.1:8081", of: 71)
    #expect(folder.servers == [RunningServer(process: 71, origin: "http://127.0.0.1:8081")])
    #expect(killed != nil)
    killed = nil
    #expect(try folder.servers == [] && names() == ["server-71.origin"])
    let next = try folder.tellOrigin("http://127.0.0.1:9081", of: 72)
    #expect(try folder.servers.map(\.process) == [72] && names() == ["server-72.origin"])
    folder.forgetOrigin(of: 72)
    #expect(try folder.servers == [] && names() == [])
    withExtendedLifetime(next) {}
  }
}
