import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// A server on its way up and down, as a service manager and an operator see it.
  @Suite("a server that is ready") struct Ready {
    /// A socket that a service manager listens at.
    private final class Manager {
      private let descriptor: Int32

      /// - Parameter name: a path or, with `@` before it, an abstract name.
      init(_ name: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let start = try #require(MemoryLayout<sockaddr_un>.offset(of: \.sun_path))
        let length = socklen_t(start + bytes.count)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        let bound = withUnsafePointer(to: address) { address in
          address.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0, "\(String(cString: strerror(errno)))")
      }

      deinit { close(descriptor) }

      /// What was told since; nil where nothing was.
      var told: String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
      }
    }

    @Test(
      "the service manager is told once the data is held and calls are taken, and that the server stops, by either kind of socket",
      arguments: [false, true])
    func notified(isAbstract: Bool) async throws {
      try await Stage.open { stage in
        _ = try await stage.succeed(["key", "list", "--data", stage.keeperData])
        let name = isAbstract ? "@evergrant-\(UUID().uuidString)" : stage.file("notify")
        let manager = try Manager(name)
        let program = try stage.start(
          ["serve", "--json", "--port", "0", "--control-port", "0", "--data", stage.keeperData],
          environment: ["NOTIFY_SOCKET": name])
        let told = try await eventually("the manager is told") {
          guard program.isRunning else { throw Missed(program.errors) }
          return manager.told
        }
        #expect(told == "READY=1")
        let port = try #require(program.output.firstMatch(of: /"controlPort":(\d+)/)?.1)
        #expect(try await HTTP.send("GET", "http://127.0.0.1:\(port)/readyz").status == 204)
        let doctor = try await stage.evergrant("doctor", "--data", stage.keeperData)
        #expect(doctor.output.contains("A server runs on this data."), "\(doctor.output)")
        #expect(try await program.terminate().status == 0)
        #expect(manager.told == "STOPPING=1")
        #expect(manager.told == nil)
      }
    }

    @Test("status waits for a server that is starting, and doctor tells it from none")
    func starting() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        _ = try await stage.addKey()
        // As a server has it until it takes calls.
        let lock = open(stage.keeperData + "/starting.lock", O_RDWR | O_CREAT, 0o600)
        defer { close(lock) }
        try #require(flock(lock, LOCK_SH) == 0)
        let doctor = try await stage.evergrant("doctor", "--data", stage.keeperData)
        #expect(doctor.output.contains("A server is starting on this data."), "\(doctor.output)")
        let status = try stage.start(["status", "--check", "--data", stage.keeperData])
        let keeper = try await stage.startKeeper()
        _ = flock(lock, LOCK_UN)
        let ending = try await status.ending()
        #expect(ending.status == 0 && ending.output == "", "\(ending.output)")
        #expect(try await keeper.program.terminate().status == 0)
        let after = try await stage.evergrant("status", "--check", "--data", stage.keeperData)
        #expect(after.status == 1 && after.output.hasPrefix("No server runs on this data"), "\(after.output)")
      }
    }

    @Test("K30: status and doctor tell a server that was stopped from one that answers, and say what to do")
    func stopped() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        _ = try await stage.addKey()
        let keeper = try await stage.startKeeper(), process = keeper.program.pid
        func run(_ command: String...) async throws -> Program.Ending {
          try await stage.evergrant(command + ["--data", stage.keeperData], environment: [:])
        }
        #expect(try await run("status", "--check").status == 0)
        keeper.program.signal(SIGSTOP)
        for command in [["status"], ["status", "--check"], ["doctor"]] {
          let ending = try await stage.evergrant(command + ["--data", stage.keeperData], environment: [:])
          let words = ending.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
          #expect(ending.status == 1 && words.contains("runs but does not answer, as process \(process):"), "\(words)")
          #expect(words.contains("sudo kill -CONT \(process)"), "\(words)")
        }
        let json = try JSON.parse(Array(try await run("status", "--json").output.utf8))
        #expect(json["isServing"] == false && json["silentProcess"]?.integer == Int64(process))
        keeper.program.signal(SIGCONT)
        #expect(try await run("status", "--check").status == 0)
        #expect(try await keeper.program.terminate().status == 0)
        #expect(try await run("status", "--check").output.hasPrefix("No server runs on this data"))
      }
    }

    @Test(
      "on a full disk doctor says to make room, and nothing else", .enabled("this user may not mount a disk", mayMount))
    func fullDisk() async throws {
      try await Stage.open { stage in
        let disk = stage.file("disk"), data = disk + "/data"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        let script = """
          set -e
          mount -t tmpfs -o size=3m tmpfs '\(disk)'
          '\(Project.evergrant)' key list --data '\(data)'
          ! cat /dev/zero >'\(disk)/fill' 2>/dev/null
          '\(Project.evergrant)' doctor --data '\(data)'
          """
        let ending = try await stage.run("/usr/bin/unshare", ["-m", "/bin/sh", "-c", script])
        #expect(ending.status == 1, "\(ending.errors)")
        let problems = ending.output.split(separator: "\n").filter { $0.hasPrefix("PROBLEM") }
        #expect(problems.count == 1 && problems[0].contains("space"), "\(ending.output)")
        #expect(ending.output.contains("Make room") && !ending.output.contains("restore"), "\(ending.output)")
      }
    }

    /// Whether this user may make a small disk, in a view of its own.
    @Sendable private static func mayMount() async throws -> Bool {
      guard geteuid() == 0 else { return false }
      let folder = try TemporaryFolder()
      let trial = try Program(
        "/usr/bin/unshare", ["-m", "/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"], environment: [:],
        name: "a trial", record: folder.file("trial"))
      return try await trial.ending().status == 0
    }
  }
}
