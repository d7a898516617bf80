import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

/// `evergrant issuer rehearse`, played to three integrations as programs of their own: what each of them loses is the table of
/// docs/rehearsing.md.
///
/// It waits for nearly all of its ten minutes, and so takes no lane from other programs.
@Suite("a rehearsal's table") struct RehearsalTableTests {
  /// In the order of the document's columns; their programs are in `Tests/SystemTests/Fixtures/rehearsal`.
  private enum Integration: String, CaseIterable {
    case keeper, cron, library
  }

  /// Days that are played one after another, each so long.
  private struct Script {
    var days: [String]
    var length: String

    /// The same for every integration. The keeper waits three minutes after an answer that says nothing, so the days that bring
    /// some are longer, and all of them are played at once.
    static let all = [
      Script(days: ["quiet", "slow", "429", "revoked"], length: "60s"), Script(days: ["5xx"], length: "450s"),
      Script(days: ["html"], length: "450s"), Script(days: ["dropped"], length: "450s"),
    ]
  }

  /// What `issuer rehearse --json` tells.
  private struct Told: Decodable {
    struct Day: Decodable {
      struct Finding: Decodable { var kind: String }
      var day: String
      var verdict: String
      var lost: Bool
      var spent: Int
      var findings: [Finding]

      func has(_ kind: String) -> Bool { findings.contains { $0.kind == kind } }
      /// Whether nobody keeps the approval on that day, at an issuer as strict as Keap.
      var endsApproval: Bool { ["dropped", "revoked"].contains(day) }
    }

    var held: Bool
    var days: [Day]
    var notPlayed: [String]
  }

  @Test(
    """
    what the keeper, a refresh cron in PHP, and requests-oauthlib with a lock and a file of tokens lose on each day of one \
    rehearsal by Keap's rules, as the table of docs/rehearsing.md has it
    """)
  func table() async throws {
    try #require(
      FileManager.default.isExecutableFile(atPath: Project.python), "The library is missing: run scripts/python-venv")
    try await Stage.open { stage in
      var played: [(integration: Integration, program: Program)] = []
      for integration in Integration.allCases {
        for (number, script) in Script.all.enumerated() {
          let program = try await Self.begin(integration, script, number, on: stage)
          played.append((integration, program))
        }
      }
      var days: [Integration: [String: Told.Day]] = [:]
      for (integration, program) in played {
        let ending = try await program.ending(within: .minutes(30))
        let told = try ending.decoded(Told.self)
        #expect(told.notPlayed.isEmpty, "\(integration): \(ending.errors)")
        #expect(ending.status == (told.held ? 0 : 3))
        for day in told.days { days[integration, default: [:]][day.day] = day }
      }

      for (name, day) in days[.keeper] ?? [:] {
        #expect(day.verdict == "held" && day.lost == day.endsApproval, "\(day)")
        #expect(day.spent == (name == "dropped" ? 1 : 0), "\(day)")
      }
      for data in ["0", "3"].map({ stage.file("keeper of \($0)") }) {
        let status = try await stage.evergrant("status", "--json", "--data", data).decoded(Stage.Listing.self)
        #expect(status.connections.first?.mustAct == true, "a person is told")
      }
      for (name, day) in days[.library] ?? [:] {
        #expect(day.lost == day.endsApproval && day.has("kept_asking") == day.endsApproval, "\(name): \(day)")
      }
      for (name, day) in days[.cron] ?? [:] {
        #expect(day.lost == (name != "quiet") && (day.verdict == "held") == (name == "quiet"), "\(name): \(day)")
      }

      let page = try String(contentsOfFile: Project.file("docs/rehearsing.md"), encoding: .utf8)
      let names = Script.all.flatMap(\.days)
      for name in names {
        var row = "| `\(name)` |"
        for integration in Integration.allCases {
          let day = try #require(days[integration]?[name], "\(integration) was not played \(name)")
          row += " \(Self.loss(day)) |"
        }
        #expect(page.contains("\n\(row)\n"), "docs/rehearsing.md has no row \(row)")
      }
    }
  }

  /// What a day cost, as the document has it.
  private static func loss(_ day: Told.Day) -> String {
    guard day.lost else { return "nothing" }
    if day.verdict == "held" { return "the approval, and tells a person" }
    if day.endsApproval { return "the approval, and asks on" }
    return day.has("used_spent_tokens")
      ? "the approval: two runs refresh at once" : "the approval: an error is kept for a token"
  }

  /// Starts a rehearsal, and the integration that it is played to.
  ///
  /// - Parameter number: the script's, by which its files are told apart.
  /// - Returns: the rehearsal.
  private static func begin(
    _ integration: Integration, _ script: Script, _ number: Int, on stage: Stage
  ) async throws -> Program {
    let port = try await freePort(), address = "http://127.0.0.1:\(port)"
    let file = stage.secrets + "/\(integration) \(number).json"
    let rehearsal = try stage.start(
      [
        "issuer", "rehearse", file, "--port", "\(port)", "--day", script.length, "--access-lifetime", "20s", "--json",
      ] + script.days.flatMap { ["--only", $0] })
    _ = try await rehearsal.says(/what\s+your\s+integration/)
    let own = Project.file("Tests/SystemTests/Fixtures/rehearsal")
    switch integration {
    case .keeper: try await beginKeeper(number, address, file, own, on: stage)
    case .cron:
      // As cron does, it starts the next run whether or not the one before is over.
      _ = try stage.start(
        "/bin/sh",
        [
          "-c", "while [ -e \"$0\" ]; do php \"$1\" \"$0\" \"$2\" & sleep 2; done", file, own + "/cron.php",
          stage.file("row \(number).json"),
        ])
    case .library:
      _ = try stage.start(
        Project.python, [own + "/with_lock.py", file, stage.file("tokens \(number).json")],
        environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    }
    return rehearsal
  }

  /// A keeper with its entry for Keap, which takes the tokens over, and a job that calls through it.
  private static func beginKeeper(
    _ number: Int, _ address: String, _ file: String, _ own: String, on stage: Stage
  ) async throws {
    struct App: Decodable {
      var client_id: String
      var client_secret: String
    }
    struct Port: Decodable { var port: Int }
    let data = stage.file("keeper of \(number)"), key = stage.secrets + "/key \(number)"
    try FileManager.default.createDirectory(
      atPath: data + "/providers", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let entry = try stage.read(Project.file("Sources/Keeper/Providers/Entries/keap.yaml"))
      .replacing("https://accounts.infusionsoft.com", with: address)
      .replacing("https://api.infusionsoft.com", with: address)
    try stage.write(entry, to: data + "/providers/keap.yaml")
    let app = try JSONDecoder().decode(App.self, from: Data(try stage.read(file).utf8))
    try await stage.succeed([
      "client", "add", "app", "--provider", "keap", "--client-id", app.client_id, "--secret-file",
      try stage.keep(app.client_secret, as: "secret \(number)"), "--redirect-uri", "https://example.org/callback",
      "--data", data,
    ])
    // It may be refreshed into the first fault of the day, and says so.
    _ = try await stage.evergrant("connect", "shop", "--client", "app", "--import", file, "--data", data)
    try await stage.succeed([
      "key", "add", "nightly", "--connection", "shop", "--key-file", key, "--allow", "GET /crm/rest/v2/contacts",
      "--data", data,
    ])
    let keeper = try stage.start(["serve", "--json", "--data", data, "--port", "0", "--control-port", "0"])
    let line = try await keeper.says(/\{"controlPort".*\}/).output
    let port = try JSONDecoder().decode(Port.self, from: Data(line.utf8)).port
    _ = try stage.start(Project.python, [own + "/job.py", file, "http://127.0.0.1:\(port)/via/shop", key])
  }
}
