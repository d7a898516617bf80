import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// The tutorial and the recipes, as a reader follows them: each command is run from the file itself.
  ///
  /// What stands for something on the reader's machine stands for something of the stage: the service's folders, the port,
  /// Keap itself, which the issuer plays, and `sudo`, which changes nobody. A block marked `machine` needs root and a service
  /// manager; `Tools/machine` does what it says.
  @Suite("handbook") struct Handbook {
    /// A block of a document: what it is, how it is marked, and its lines.
    private struct Block {
      var language: String
      var mark: String
      var text: String

      static func all(of file: String) throws -> [Block] {
        var blocks: [Block] = [], isInside = false
        for line in try String(contentsOfFile: Project.file(file), encoding: .utf8).components(separatedBy: "\n") {
          if line.hasPrefix("```") {
            isInside.toggle()
            let words = line.dropFirst(3).split(separator: " ").map(String.init)
            if isInside {
              blocks.append(Block(language: words.first ?? "", mark: words.dropFirst().first ?? "", text: ""))
            }
          } else if isInside {
            blocks[blocks.count - 1].text += line + "\n"
          }
        }
        return blocks
      }
    }

    /// A reader's machine: a shell, and a keeper that serves.
    private struct Reader {
      let stage: Stage
      let keeper: Stage.Keeper
      let ann: Browser
      let app: (id: String, secret: String)
      static let redirect = "https://shop.example/connected"

      private var desk: String { stage.file("desk") }
      private var tools: String { stage.file("tools") }

      init(_ stage: Stage, lifetime: Int) async throws {
        self.stage = stage
        try await stage.addTenant("Acme")
        // No token may live for longer than a day.
        try await stage.startIssuer(["--access-lifetime", "\(min(stage.stretched(lifetime), 86_400))s"])
        ann = try await stage.addPerson("ann@acme.example", in: "Acme")
        let file = stage.secrets + "/secret"
        let id = try await stage.succeed([
          "issuer", "client", "add", "Shop", "--legacy", "--redirect-uri", Self.redirect, "--secret-file", file,
          "--data",
          stage.issuerData,
        ]).output
        app = (id.trimmingCharacters(in: .newlines), try stage.read(file))
        for folder in ["desk", "shop", "tools", "etc", "cron.d", "units", "keeper/providers"] {
          try FileManager.default.createDirectory(
            atPath: stage.file(folder), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        // Keap as its entry has it, at the issuer's address.
        let entry = try stage.read(Project.file("Sources/Keeper/Providers/Entries/keap.yaml"))
          .replacing("https://accounts.infusionsoft.com", with: stage.issuerAddress)
          .replacing("https://api.infusionsoft.com", with: stage.issuerAddress)
        try stage.write(entry, to: stage.keeperData + "/providers/keap.yaml")
        keeper = try await stage.startKeeper()
        try tool("evergrant", "exec '\(Project.evergrant)' \"$@\"")
        // An environment that has been made: what its pip is asked for must be there already.
        try tool(
          "python3",
          "mkdir -p \"$3/bin\" && cd \"$3/bin\" && for name in python pip; do ln -s '\(tools)/sdk-'$name $name; done")
        try tool("sdk-python", "exec '\(Project.python)' \"$@\"")
        try tool("sdk-pip", "exec '\(Project.python)' -m pip show \"$2\"")
        try tool("sudo", "if [ \"$1\" = -u ]; then shift 2; fi\nexec \"$@\"")
        try tool(
          "install",
          #"for word; do shift; if [ "$word" = -o ] || [ "$word" = -g ]; then skip=1; elif [ -n "$skip" ]; then skip=; else set -- "$@" "$word"; fi; done"#
            + "\nexec /usr/bin/install \"$@\"")
      }

      private func tool(_ name: String, _ script: String) throws {
        try stage.write("#!/bin/sh\n\(script)\n", to: tools + "/" + name)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: tools + "/" + name)
      }

      /// With what is the stage's in the place of what is the reader's.
      func adapted(_ text: String) -> String {
        [
          ("http://127.0.0.1:8080", keeper.address), (", 8080)", ", \(keeper.port))"),
          ("/var/lib/evergrant", stage.keeperData),
          ("/etc/evergrant", stage.file("etc")), ("/etc/cron.d", stage.file("cron.d")),
          ("/etc/systemd/system", stage.file("units")), ("/usr/share/doc/evergrant/examples/php", Project.file("php")),
          ("/srv/shop/", stage.file("shop") + "/"),
        ].reduce(text) { $0.replacing($1.0, with: $1.1) }
      }

      /// Does what a block says, in one shell after the other, and what is saved is there for those that follow.
      func follow(_ blocks: [Block], before command: (String) async throws -> Void = { _ in }) async throws -> [String]
      {
        var said: [String] = [], exports = ""
        for block in blocks {
          let text = adapted(block.text)
          switch (block.language, block.mark) {
          case ("sh", "machine"), ("php", ""): continue
          case ("sh", "setup"): try await setUp(block.text)
          case ("sh", "key"): try await storeKey(block.text)
          case ("sh", ""):
            try await command(block.text)
            let ending = try await stage.run(
              "/bin/sh", ["-e", "-c", "cd '\(desk)'\n\(exports)\(text)"],
              environment: [
                "PATH": "\(tools):/usr/bin:/bin", "EVERGRANT_DATA": stage.keeperData, "EVERGRANT_URL": keeper.address,
              ])
            #expect(ending.status == 0, "\(block.text)\n\(ending.errors)\(ending.output)")
            said.append(ending.output)
            exports += text.split(separator: "\n").filter { $0.hasPrefix("export ") }.map { $0 + "\n" }.joined()
          case ("diff", let name): try stage.write(Self.after(text), to: desk + "/" + name)
          case (_, let name): try stage.write(text, to: desk + "/" + name)
          }
        }
        return said
      }

      /// The lines that a change leaves.
      private static func after(_ change: String) -> String {
        change.components(separatedBy: "\n").filter { !$0.hasPrefix("-") }
          .map { $0.hasPrefix("+") ? String($0.dropFirst()) : $0 }.joined(separator: "\n")
      }

      /// Answers what `setup` asks, and waits until the server knows the key, as it does within a second.
      private func setUp(_ line: String) async throws {
        #expect(line == "sudo evergrant setup keap --name shop\n")
        let terminal = try Terminal(
          [
            "setup", "keap", "--name", "shop", "--data", stage.keeperData, "--key-file", stage.keeperData + "/shop.key",
          ],
          on: stage, in: desk)
        try await terminal.answer("Redirect URI: ", Self.redirect)
        try await terminal.answer("Client id: ", app.id)
        try await terminal.answer("Client secret: ", app.secret)
        let shown = try await terminal.says("press Enter:")
        let link = try #require(shown.firstMatch(of: /http:\S+\/app\/oauth\/authorize\?\S+/)?.output)
        try terminal.program.type(try await ann.approve(String(link)))
        try await terminal.answer("shall work? [Y/n]: ", "")
        let ending = try await terminal.program.ending()
        #expect(ending.status == 0, "\(terminal.transcript)")
        let key = try stage.read(stage.keeperData + "/shop.key")
        try await eventually("the server knows the key") {
          try await keeper.call("GET", "/crm/rest/v2/contacts", key: key).status == 200
        }
      }

      /// Answers what `connect` asks, with what the issuer takes for a key.
      private func storeKey(_ line: String) async throws {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words.prefix(2) == ["sudo", "evergrant"])
        let program = try stage.start(Array(words.dropFirst(2)) + ["--data", stage.keeperData], isAnswered: true)
        try program.answer(try await stage.token().accessToken)
        let ending = try await program.ending()
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(ending.output.contains("and keap takes it"), "\(ending.output)")
      }

      /// Runs an old program around the lines that each change leaves.
      ///
      /// - Returns: what each shows of the one contact that they write.
      func oldPrograms(_ blocks: [Block]) async throws -> [String: [String: String]] {
        let key = try stage.read(stage.file("etc/old.key"))
        try await eventually("the server knows the key") {
          try await keeper.call("GET", "/crm/rest/v2/contacts", key: key).status == 200
        }
        var shown: [String: [String: String]] = [:]
        for block in blocks where block.mark != "App.php" {
          let name = block.mark, lines = desk + "/" + name
          // The four in PHP are parts of one file.
          let program = ["py": "python3", "pl": "perl", "rb": "ruby", "sh": "sh"][name.suffix(2)]
          let old = program.map { [$0, Self.fixture(name)] } ?? ["php", Self.fixture("old.php"), name]
          let ending = try await stage.run("/usr/bin/env", old + [lines])
          #expect(ending.status == 0 && ending.errors == "", "\(name): \(ending.errors)\(ending.output)")
          shown[name] = try ending.decoded([String: String].self)
        }
        return shown
      }

      private static func fixture(_ name: String) -> String {
        Project.file("Tests/SystemTests/Fixtures/xmlrpc/\(name)")
      }

      func names() async throws -> [String?] {
        let listed = try await stage.callAPI(
          "GET", "/crm/rest/v2/contacts", token: try await stage.token().accessToken)
        return try listed.decoded(ContactList.self).contacts.map(\.email).sorted { ($0 ?? "") < ($1 ?? "") }
      }
    }

    @Test(
      "the tutorial leads from nothing to a nightly job that survives an expiry, in four commands to the first contact")
    func tutorial() async throws {
      try await Stage.open { stage in
        let reader = try await Reader(stage, lifetime: 6)
        let blocks = try Block.all(of: "docs/tutorial.md")
        let first = try #require(blocks.firstIndex { $0.text.contains("php < first.php") })
        let lines = blocks[0...first].flatMap {
          $0.language == "sh" ? $0.text.components(separatedBy: "\n").dropLast() : []
        }
        #expect(lines.count == 4, "\(lines)")

        #expect(try await reader.follow(Array(blocks[...first])).last?.contains("Ada is contact ") == true)
        #expect(try await reader.names() == ["ada@example.org"])

        let before = try await stage.token()
        let said = try await reader.follow(Array(blocks[(first + 1)...])) { command in
          guard command.contains("refresh shop") else { return }
          try await eventually("the access token of the first contact is over") { before.isOver }
        }
        #expect(said[1].contains("2 would be added or updated"), "\(said[1])")
        #expect(said[2].contains("1 created, 1 updated"), "\(said[2])")
        #expect(said[4].contains("0 created, 0 updated, 2 unchanged"), "\(said[4])")
        let after = try stage.read(stage.file("cron.d/evergrant-shop"))
        #expect(after.contains("0 3 * * *  www-data  evergrant contacts import"))
        #expect(try await stage.evergrant("status", "--data", stage.keeperData).status == 0)
      }
    }

    /// What a line has behind `evergrant`, word by word.
    private static func words(_ line: Substring) -> [String] {
      let words = line.matches(of: /'([^']*)'|(\S+)/).map { String($0.output.1 ?? $0.output.2 ?? "") }
      return Array(words.dropFirst())
    }

    @Test("one's own API: a tenant, a person and an app, one approval in the browser, and a contact by a key alone")
    func ownAPI() async throws {
      try await Stage.open { stage in
        let desk = stage.file("desk")
        try FileManager.default.createDirectory(
          atPath: desk, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let commands = try Block.all(of: "docs/own-api.md").filter { $0.language == "sh" }.map(\.text).joined()
          .replacing("http://127.0.0.1:8090", with: stage.issuerAddress)
        let lines = commands.split(separator: "\n").map(Self.words)
        try #require(lines.count == 7, "\(lines)")

        try await stage.succeed(lines[0])
        let adding = try Terminal(lines[1], on: stage, in: desk)
        let password = "a hen in the rain"
        try await adding.answer("Password: ", password)
        try await adding.answer("Password again: ", password)
        #expect(try await adding.program.ending().status == 0, "\(adding.transcript)")
        let app = try await stage.succeed(lines[2]).output.split(separator: "\n").map(String.init)
        try #require(app.count == 2)
        let issuer = try stage.start(lines[3] + ["--port", "\(stage.issuerPort)", "--base-url", stage.issuerAddress])
        _ = try await issuer.says(/evergrant issuer serves/)

        let setup = try Terminal(lines[4], on: stage, in: desk)
        try await setup.answer("Redirect URI [http://127.0.0.1/callback]: ", "")
        try await setup.answer("Client id: ", app[0])
        try await setup.answer("Client secret: ", app[1])
        let link = try await eventually("a link is shown; so far: \(setup.transcript)") {
          setup.transcript.firstMatch(of: /(http:\S+\/oauth\/authorize\?\S+)\n/).map { String($0.output.1) }
        }
        let ann = Browser("ann@example.org", password: password, issuer: stage.issuerAddress)
        _ = try await HTTP.send("GET", try await ann.approve(link))
        try await setup.answer("shall work? [Y/n]: ", "")
        #expect(try await setup.program.ending().status == 0, "\(setup.transcript)")

        let keeper = try stage.start(lines[5] + ["--json", "--port", "0", "--control-port", "0"])
        let port = try await keeper.says(/"port":(\d+)/).output.1
        let added = try await stage.run(
          "/bin/sh",
          ["-c", "cd '\(desk)' && exec \"$@\"", "sh", Project.evergrant] + lines[6]
            + ["--url", "http://127.0.0.1:\(port)"])
        #expect(added.status == 0 && added.output.contains("ada@example.org, contact "), "\(added.errors)")
      }
    }

    @Test(
      "each recipe does what it says",
      arguments: [
        "curl", "php", "php-sdk", "python-sdk", "xmlrpc", "own-key", "cron", "systemd-timer", "scan", "files",
      ])
    func recipe(_ name: String) async throws {
      try await Stage.open { stage in
        let reader = try await Reader(stage, lifetime: 3600)
        let tutorial = try Block.all(of: "docs/tutorial.md")
        let ready = try #require(tutorial.firstIndex { $0.text.contains("sudo install -m 400") })
        _ = try await reader.follow(Array(tutorial[...ready]))
        let blocks = try Block.all(of: "docs/recipes/\(name).md")
        #expect(!blocks.filter { $0.language == "sh" && $0.mark != "machine" }.isEmpty)
        let said = try await reader.follow(blocks)
        switch name {
        case "curl", "php":
          #expect(try await reader.names() == ["ada@example.org"])
        case "php-sdk":
          // The SDK itself cannot be had here: only the commands are run, and what its requests need is a key's rights.
          let key = try stage.read(stage.file("etc/sdk.key"))
          try await eventually("the server knows the key") {
            try await reader.keeper.call("GET", "/crm/rest/v1/contacts/", key: key).status == 200
          }
        case "xmlrpc":
          #expect(
            try await reader.oldPrograms(blocks.filter { $0.language == "diff" }) == [
              "isdk": ["FirstName": "Ada"], "novak": ["FirstName": "Ada", "JobTitle": "Novak & daughter"],
              "sdk": ["FirstName": "Ada", "LastName": "Löve<lace>"],
              "own": ["FirstName": "Ada", "JobTitle": "Countess & engineer", "LastName": "Löve<lace>"],
              "old.py": ["FirstName": "Ada", "JobTitle": "Pythonist & poët"],
              "old.pl": ["FirstName": "Ada", "JobTitle": "Perl diver <deep>"],
              "old.rb": ["FirstName": "Ada", "JobTitle": "Rubinière"],
              "old.sh": ["FirstName": "Ada", "JobTitle": "Rubinière"],
            ])
          #expect(try await reader.names() == ["ada@example.org"])
        case "own-key":
          let key = try stage.read(stage.file("etc/nightly-own.key"))
          try await eventually("the server knows the connection and its key") {
            try await reader.keeper.call("GET", "/crm/rest/v2/contacts", key: key, connection: "own").status == 200
          }
          let status = try await stage.status("own").0
          #expect(status.state == "ok" && status.personNeededBy == nil && status.accessUntil == nil)
        case "scan":
          #expect(said.first?.contains("crm.php:5  DataService.query(Contact)  different  ") == true)
          #expect(said.first?.contains("crm.php:7  ContactService.addToGroup  carried\n") == true)
        case "files":
          try #require(said.count == 6, "\(said)")
          #expect(said[0].contains("an export of Google Contacts") && said[0].contains("line 3 refused"))
          #expect(said[2].contains("1 created, 0 updated, 0 unchanged, 1 refused"), "\(said[2])")
          #expect(said[3].contains("1 created, 0 updated, 0 unchanged, 0 refused"), "\(said[3])")
          #expect(said[4].contains("0 created, 0 updated, 2 unchanged, 0 refused"), "\(said[4])")
          #expect(said[5].trimmingCharacters(in: .whitespacesAndNewlines) == "2")
          #expect(try await reader.names() == ["ada@example.org", "bjorn@example.org"])
        case "python-sdk":
          #expect(said.last?.hasPrefix("contact ") == true)
          #expect(try await reader.names() == ["grace@example.org"])
        default:
          // What the schedule starts, by hand.
          try stage.write("Email,First Name\ncleo@example.org,Cleo\n", to: stage.file("shop/customers.csv"))
          let file = name == "cron" ? "cron.d/shop-nightly" : "units/shop-nightly.service"
          let line = try #require(
            try stage.read(stage.file(file)).firstMatch(of: /(?:www-data  |ExecStart=)\/usr\/bin\/(.*)/))
          let job = Block(
            language: "sh", mark: "",
            text: "export EVERGRANT_CONNECTION=shop EVERGRANT_KEY_FILE=/etc/evergrant/shop.key\n\(line.1)\n")
          _ = try await reader.follow([job])
          #expect(try await reader.names() == ["cleo@example.org"])
        }
      }
    }
  }
}
