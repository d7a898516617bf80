import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// Calls of three apps from four addresses, and what is recorded of them; `Tests/SystemTests/Fixtures/calls/calls.py` makes and
  /// judges them, and `browser/figures.py` reads the pages.
  @Suite("the trace of calls", .alone) struct CallTrace {
    @Test("P34 of 10,000 calls of three apps from four addresses, pages and audit tell each once, and no other")
    func figures() async throws {
      try await Stage.open { stage in
        let trace = try await Trace(stage)
        // The cheaper ones come more often.
        let kinds = [
          "nowhere", "nowhere", "nowhere", "nowhere", "malformed", "malformed", "miss", "miss", "miss", "list", "list",
          "list", "read", "read", "head", "options", "options", "forbidden", "forbidden", "create", "createV2",
          "change", "delete", "upsert", "batch", "xmlrpcAdd", "xmlrpcUpdate", "xmlrpcFind",
        ]
        let place = try trace.place(calls: 10_000, of: kinds)
        _ = try await trace.calls("make", place)
        // The server writes the last of them down within a second.
        let audited = try await eventually("all calls are written down, with their answers") { () -> [Trace.Call]? in
          let calls = try await trace.audit()
          return calls.count >= 10_000 && calls.allSatisfy { $0.status != nil } ? calls : nil
        }
        let called = try JSONDecoder().decode([Trace.Call].self, from: Data(stage.read(trace.ledger).utf8))
        #expect(called.count == 10_000)
        #expect(tally(audited) == tally(called))

        for filter in [
          ["--client": "App one"], ["--status": "4"], ["--status": "201"], ["--method": "PATCH"],
          ["--address": "127.0.0.3"],
          ["--path": "/crm/rest/v1/contacts/{id}"], ["--path": "/crm/xmlrpc/v1 ContactService.add"],
          ["--client": "App two", "--address": "127.0.0.2", "--method": "POST", "--status": "2"],
        ] {
          let found = try await trace.audit(filter.flatMap { [$0.key, $0.value] })
          #expect(tally(found) == tally(called.filter { $0.matches(filter) }), "\(filter)")
        }

        let pages = Trace.Pages(
          account: stage.issuerAddress + "/account", tenant: "Acme", email: trace.ann.email, password: Stage.password,
          ledger: trace.ledger)
        let file = try stage.keep(String(decoding: JSONEncoder().encode(pages), as: UTF8.self), as: "pages")
        // Chromium makes a socket in its temporary folder, whose path may not be long.
        let ending = try await stage.run(
          Project.python, [Project.file("Tests/SystemTests/Fixtures/browser/figures.py"), file],
          environment: ["TMPDIR": "/tmp"])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output == "the figures hold\n")

        // The judge calls too, to see what is there, and so comes last.
        let verdict = try await trace.calls("judge", place).decoded(Trace.Verdict.self)
        #expect(verdict.lost == 0 && verdict.unanswered == 0 && verdict.recorded == 10_000)
      }
    }

    @Test("P34 an issuer that is killed amid calls has each write's record, and lacks reads of the last second alone")
    func kills() async throws {
      try await Stage.open { stage in
        let trace = try await Trace(stage)
        let place = try trace.place(
          calls: 2_400, of: ["list", "miss", "malformed", "create", "createV2", "upsert", "batch", "xmlrpcAdd"],
          outlasts: true)
        let caller = try stage.start(Project.python, [Trace.script, "make", place], named: "caller")
        var server = trace.server
        for count in [300, 900, 1_400, 2_000] {
          try await eventually("\(count) calls are made") { () -> Bool in
            let made = caller.output.split(separator: "\n").last.flatMap { Int($0) } ?? 0
            if made < count, !caller.isRunning { throw Missed("The caller has ended: \(caller.errors)") }
            return made >= count
          }
          try await server.kill()
          server = try await stage.startIssuer()
        }
        let ending = try await caller.ending()
        #expect(ending.status == 0, "\(ending.errors)")
        // It writes down what it still has.
        _ = try await server.terminate()
        _ = try await trace.audit()
        try await stage.startIssuer()
        let verdict = try await trace.calls("judge", place).decoded(Trace.Verdict.self)
        #expect(verdict.called == 2_400)
        print("killed four times: \(verdict.lost) reads are lost, \(verdict.unanswered) writes were not answered")
      }
    }

    @Test("P34 a call that is still being answered when the issuer is told to stop is recorded with its answer")
    func stop() async throws {
      try await Stage.open { stage in
        let trace = try await Trace(stage, ["--private-hooks"])
        let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let receiver = try await FakeServer.start { _ in .answerAndClose(ok) }
        let relay = try await Relay.start(to: receiver.port)
        relay.holdAnswers()
        let token = trace.token, hook = #"{"eventKey":"contact.add","hookUrl":"\#(relay.address)/told"}"#
        async let asked = stage.callAPI("POST", "/crm/rest/v1/hooks", token: token, body: hook)
        try await eventually("the receiver is asked while the call waits") { relay.isHolding }
        trace.server.signal(SIGTERM)
        try await eventually("nobody new is let in") { () -> Bool in
          guard let late = try? await RawClient.connect(port: stage.issuerPort) else { return true }
          late.close()
          return false
        }
        relay.releaseAnswers()
        #expect(try await asked.status == 200)
        _ = try await trace.server.ending()
        #expect(try await trace.audit().map(\.status) == [200])
        await receiver.stop()
      }
    }

    private func tally(_ calls: [Trace.Call]) -> [Trace.Call: Int] {
      calls.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
  }
}

/// An issuer with one person, whose own apps three are, and those who call it.
private struct Trace {
  static let script = Project.file("Tests/SystemTests/Fixtures/calls/calls.py")

  /// A call as it was made, and as it is recorded.
  struct Call: Decodable, Hashable {
    var client: String
    var method: String
    var path: String
    var address: String
    var status: Int?

    /// Whether the audit has it where these options are given.
    func matches(_ options: [String: String]) -> Bool {
      options.allSatisfy { option, value in
        switch option {
        case "--client": client == value
        case "--method": method == value
        case "--path": path == value
        case "--address": address == value
        default: status.map { String($0) == value || String($0 / 100) == value } ?? false
        }
      }
    }
  }

  struct Verdict: Decodable {
    var called: Int
    var recorded: Int
    /// Reads of which there is no record.
    var lost: Int
    /// Writes.
    var unanswered: Int
  }

  struct App: Encodable {
    var client: String
    var token: String
  }

  struct Place: Encodable {
    var port: Int
    var ledger: String
    var audit: String
    var apps: [App]
    var addresses: [String]
    var calls: Int
    var seed: Int
    var kinds: [String]
    var outlasts: Bool
    var second: Int
  }

  struct Pages: Encodable {
    var account: String
    var tenant: String
    var email: String
    var password: String
    var ledger: String
  }

  private struct Audit: Decodable { var calls: [Call] }

  let stage: Stage
  let server: Program
  let ann: Browser
  private let apps: [App]

  /// - Parameter options: more for the issuer.
  init(_ stage: Stage, _ options: [String] = []) async throws {
    self.stage = stage
    try await stage.addTenant("Acme")
    server = try await stage.startIssuer(options)
    ann = try await stage.addPerson("ann@acme.example", in: "Acme")
    try await stage.succeed(["issuer", "user", "owner", ann.email, "Acme", "--data", stage.issuerData])
    _ = try await ann.accountPage()
    var apps: [App] = []
    for name in ["App one", "App two", "App three"] {
      apps.append(App(client: name, token: try await Self.token(of: name, ann, stage)))
    }
    self.apps = apps
  }

  /// Makes an app and, by hand, its first tokens.
  private static func token(of name: String, _ ann: Browser, _ stage: Stage) async throws -> String {
    let added = try await stage.succeed([
      "issuer", "client", "add", name, "--redirect-uri", "http://127.0.0.1/callback", "--owner", ann.email,
      "--secret-file", "\(stage.secrets)/secret of \(name)", "--data", stage.issuerData,
    ])
    let page = try await ann.get("/account/tokens")
    var form = try page.form(to: "/account/tokens/pair")
    form.append("client", added.output.trimmingCharacters(in: .newlines))
    form.append("tenant", page.text.firstMatch(of: /<option value="([0-9]+)">Acme</).map { String($0.1) } ?? "")
    form.append("scope", "full")
    let made = try await ann.post("/account/tokens/pair", form)
    guard let token = made.text.firstMatch(of: /<code>(eva_[0-9A-Za-z]+)<\/code>/) else {
      throw Missed("No token is shown: \(made.words)")
    }
    return String(token.1)
  }

  /// Of the first app.
  var token: String { apps.first?.token ?? "" }
  var ledger: String { stage.file("ledger.json") }
  private var audited: String { stage.file("audit.json") }

  /// Says what is to be called.
  ///
  /// - Returns: the file.
  func place(calls: Int, of kinds: [String], outlasts: Bool = false) throws -> String {
    let place = Place(
      port: stage.issuerPort, ledger: ledger, audit: audited, apps: apps, addresses: (1...4).map { "127.0.0.\($0)" },
      calls: calls, seed: 34, kinds: kinds, outlasts: outlasts, second: stage.stretched(1) * 1000)
    return try stage.keep(String(decoding: JSONEncoder().encode(place), as: UTF8.self), as: "place")
  }

  func calls(_ act: String, _ place: String) async throws -> Program.Ending {
    let ending = try await stage.run(Project.python, [Self.script, act, place])
    guard ending.status == 0 else { throw Missed("It does not hold: \(ending.errors)") }
    return ending
  }

  /// The calls that are recorded; all of them stay in a file for the judge.
  func audit(_ options: [String] = []) async throws -> [Call] {
    let told = try await stage.succeed(
      ["issuer", "audit", "--json", "--limit", "100000", "--data", stage.issuerData] + options)
    if options.isEmpty { try stage.write(told.output, to: audited) }
    return try told.decoded(Audit.self).calls
  }
}
