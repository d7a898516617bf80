import Foundation
import NetworkKit
import Synchronization
import TestKit
import Wire

/// A folder of its own with both sides' data, and the programs that run on it; all of it ends with the test.
final class Stage: Sendable {
  /// What people and the keeper know the issuer by.
  let issuerAddress: String
  let issuerPort: Int
  private let folder: TemporaryFolder
  private let programs = Mutex<[Program]>([])
  /// How long a small command takes here and now.
  private let command = Mutex(Duration.zero)

  /// Plays a test, and afterwards ends whatever still runs.
  ///
  /// - Parameters:
  ///   - issuerPort: where the issuer will listen; any free port unless something else must know it before.
  ///   - issuerAddress: what the issuer goes by if that is not its own port.
  static func open<Result>(
    issuerPort: Int? = nil, issuerAddress: String? = nil, _ play: (Stage) async throws -> Result
  ) async throws -> Result {
    var port = issuerPort ?? 0
    if issuerPort == nil { port = try await freePort() }
    let stage = try Stage(issuerPort: port, issuerAddress: issuerAddress ?? "http://127.0.0.1:\(port)")
    defer { stage.close() }
    do { return try await play(stage) } catch { throw Missed("\(error)\(stage.lastWords)") }
  }

  private init(issuerPort: Int, issuerAddress: String) throws {
    self.issuerPort = issuerPort
    self.issuerAddress = issuerAddress
    folder = try TemporaryFolder()
    guard FileManager.default.isExecutableFile(atPath: Project.evergrant) else {
      throw Missed("\(Project.evergrant) is missing: build it with swift build --product evergrant")
    }
    for path in [home, said, secrets, temporary] {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    try write("", to: file("no settings.yaml"))
  }

  var keeperData: String { file("keeper") }
  var issuerData: String { file("issuer") }
  /// What every program said.
  var said: String { file("said") }
  /// Where secrets are that a person or a job is meant to have.
  var secrets: String { file("secrets") }
  var temporary: String { file("temporary") }
  private var home: String { file("home") }

  func file(_ name: String) -> String { folder.path + "/" + name }

  /// Writes a file that its owner alone can read.
  func write(_ text: String, to path: String) throws {
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else { throw Missed("\(path) cannot be written") }
  }

  /// Writes a secret for a program to read.
  func keep(_ secret: String, as name: String) throws -> String {
    let path = secrets + "/" + name
    try write(secret + "\n", to: path)
    return path
  }

  /// A copy of a sample for one import: no two processes import one file at once.
  func sample(_ name: String) throws -> String {
    let copy = file("\(UUID().uuidString)-\(name)")
    try FileManager.default.copyItem(atPath: Project.file("Tests/SystemTests/Fixtures/samples/\(name)"), toPath: copy)
    return copy
  }

  func read(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
  }

  // MARK: - The machine's pace

  func noteCommand(_ taken: Duration) { command.withLock { $0 = max($0, taken) } }

  /// So many seconds, or more where this machine is slow or busy: a time in which the same things can happen.
  func stretched(_ seconds: Int) -> Int {
    // Fifty milliseconds are plenty on a machine with nothing else to do.
    let factor = command.withLock { $0 } / .milliseconds(50)
    return factor <= 1 ? seconds : Int((Double(seconds) * factor).rounded(.up))
  }

  // MARK: - Programs

  /// Starts a program with little more than a path and a home in its environment.
  func start(
    _ path: String, _ arguments: [String], named name: String? = nil, environment: [String: String] = [:],
    isAnswered: Bool = false
  ) throws -> Program {
    let own = [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8",
      "TMPDIR": temporary + "/",
      // Whatever this machine's own settings are.
      "EVERGRANT_CONFIG": file("no settings.yaml"),
    ]
    let short = name ?? (path as NSString).lastPathComponent
    return try programs.withLock { programs in
      let program = try Program(
        path, arguments, environment: own.merging(environment) { $1 }, name: short,
        record: "\(said)/\(programs.count)-\(short)", isAnswered: isAnswered)
      programs.append(program)
      return program
    }
  }

  func start(_ arguments: [String], environment: [String: String] = [:], isAnswered: Bool = false) throws -> Program {
    try start(
      Project.evergrant, arguments,
      named: arguments.prefix { !$0.hasPrefix("-") && !$0.contains("/") }.prefix(2)
        .joined(separator: "-"), environment: environment, isAnswered: isAnswered)
  }

  func run(_ path: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Ending {
    try await start(path, arguments, environment: environment).ending()
  }

  /// Runs `evergrant` to its end.
  func evergrant(_ arguments: String..., environment: [String: String] = [:]) async throws -> Program.Ending {
    try await evergrant(arguments, environment: environment)
  }

  func evergrant(_ arguments: [String], environment: [String: String]) async throws -> Program.Ending {
    try await start(arguments, environment: environment).ending()
  }

  /// Runs `evergrant`, which must end well.
  @discardableResult
  func succeed(_ arguments: [String], environment: [String: String] = [:]) async throws -> Program.Ending {
    let ending = try await start(arguments, environment: environment).ending()
    guard ending.status == 0 else {
      throw Missed("evergrant \(arguments.joined(separator: " ")) ended with \(ending.status): \(ending.errors)")
    }
    return ending
  }

  /// The programs of this stage that run, and those that they have started.
  var running: [Int32] {
    let own = programs.withLock { $0 }.filter(\.isRunning).map(\.pid)
    return own + Descendants.of(own)
  }

  private func close() {
    for program in programs.withLock({ $0 }) where program.isRunning {
      // Its children too: nobody would know of them afterwards.
      let children = Descendants.of([program.pid])
      program.signal(SIGKILL)
      for child in children { _ = Foundation.kill(child, SIGKILL) }
    }
  }

  private var lastWords: String {
    programs.withLock { $0 }.filter(\.isRunning).map { program in
      "\n\(program.name) runs, and said last: \(program.errors.suffix(2000))"
    }.joined()
  }
}
