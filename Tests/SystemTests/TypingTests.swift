import Foundation
import NetworkKit
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// What somebody types who is new here, or in a hurry.
  @Suite("typing") struct Typing {
    private struct Answer: Decodable {
      struct Problem: Decodable {
        var code: String
        var message: String
      }
      var version: Int
      var error: Problem?
    }

    /// Runs a line as a shell has it, in a folder, with the program in its path and the data of the stage.
    private func shell(_ line: String, in folder: String, _ stage: Stage) async throws -> Program.Ending {
      let program = (Project.evergrant as NSString).deletingLastPathComponent
      return try await stage.run(
        "/bin/sh", ["-c", "cd '\(folder)' && PATH=\"\(program):$PATH\" && \(line)"],
        environment: ["EVERGRANT_DATA": stage.keeperData])
    }

    private func emptyFolder(_ stage: Stage, _ name: String = "here") throws -> String {
      let folder = stage.file(name)
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      return folder
    }

    @Test("the key of the examples is made by the line that stands there, in the folder where one is, and works")
    func examples() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let folder = try emptyFolder(stage)
        let text = try stage.read(Project.file("examples/README.md"))
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("evergrant key add ") })
        let made = try await shell(String(line), in: folder, stage)
        #expect(made.status == 0, "\(made.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["nightly.key"])
        let keeper = try await stage.startKeeper()
        let key = try stage.read(folder + "/nightly.key")
        #expect(try await keeper.call("GET", "/crm/rest/v2/contacts", key: key).status == 200)

        let app = try await shell(
          "evergrant issuer client add Portal --redirect-uri http://127.0.0.1/x --secret-file portal.secret --data '\(stage.issuerData)'",
          in: folder, stage)
        #expect(app.status == 0 && app.output.split(separator: "\n").count == 1, "\(app.errors)")
        #expect(try stage.read(folder + "/portal.secret").hasPrefix("evs_"))

        // The same line with another right: what leads to that is said, and the key of before is still in its file.
        let wider = try await shell("\(line) --allow 'GET /crm/**'", in: folder, stage)
        #expect(wider.status == 1 && wider.errors.contains("then: evergrant key revoke nightly"), "\(wider.errors)")

        // A name that is taken leaves no file, and a file that is there leaves no key.
        let again = try await shell(String(line).replacing("nightly.key", with: "other.key"), in: folder, stage)
        #expect(again.status == 1 && again.errors.contains("already an API key named nightly"), "\(again.errors)")
        let kept = try await shell(
          "evergrant key add weekly --connection shop --contacts --key-file nightly.key", in: folder, stage)
        #expect(kept.status == 1 && kept.errors.contains("File exists"), "\(kept.errors)")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(files == ["nightly.key", "portal.secret"])
        let listed = try await stage.succeed(["key", "list", "--data", stage.keeperData]).output
        #expect(!listed.contains("weekly"))
      }
    }

    @Test(
      "a mistyped command is blamed itself, and the one that was meant is named",
      arguments: [
        (["statsu"], "status"), (["statsu", "--data", "x"], "status"), (["help", "setpu"], "setup"),
        (["key", "lst"], "key list"), (["help", "key", "revok"], "key revoke"), (["config", "chekc"], "config check"),
      ])
    func commands(_ arguments: [String], meant: String) async throws {
      try await Stage.open { stage in
        let ending = try await stage.start(arguments).ending()
        #expect(ending.status == 2 && ending.output == "")
        #expect(ending.errors.contains("There is no command '"), "\(ending.errors)")
        #expect(ending.errors.contains("Did you mean '\(meant)'?"), "\(ending.errors)")
        #expect(ending.errors.contains("Usage: evergrant"))
      }
    }

    @Test("a mistyped name of a connection, key, client or channel is told with the one that was meant")
    func names() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        _ = try await stage.addKey()
        let data = ["--data", stage.keeperData]
        try await stage.succeed(["alert", "add", "page"] + data + ["--command", "/bin/cat"])
        for (arguments, meant) in [
          (["pause", "shp"], "shop"), (["key", "revoke", "nighty"], "nightly"), (["alert", "test", "pag"], "page"),
          (["connect", "office", "--client", "ap"], "app"), (["setup", "kaep", "--name", "x"], "keap"),
        ] {
          let ending = try await stage.start(arguments + data).ending()
          #expect(ending.status == 1 && ending.errors.contains(". Did you mean \(meant)? "), "\(ending.errors)")
        }
        let far = try await stage.start(["pause", "warehouse"] + data).ending()
        #expect(far.status == 1 && !far.errors.contains("mean"), "\(far.errors)")
      }
    }

    @Test("every answer in JSON is an object with a version, and an error is one too")
    func json() async throws {
      try await Stage.open { stage in
        let (_, app) = try await stage.openShop()
        _ = try await stage.addKey()
        let data = ["--data", stage.keeperData]
        func answer(_ arguments: [String], exit: Int32 = 0) async throws -> Answer {
          let ending = try await stage.start(arguments).ending()
          #expect(ending.status == exit, "\(arguments): \(ending.errors)")
          let object = try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any]
          let names = try #require(object?.keys, "\(arguments): \(ending.output)")
          #expect(names.allSatisfy { !$0.contains("_") }, "\(arguments): \(ending.output)")
          return try ending.decoded(Answer.self)
        }
        try await stage.succeed(["alert", "add", "page"] + data + ["--command", "/bin/cat"])
        for arguments in [
          ["client", "list"], ["key", "list"], ["alert", "list"], ["token", "shop"], ["why", "shop"], ["audit"],
          ["audit", "--verify"], ["refresh", "shop"], ["backup", stage.file("copy")],
        ] { #expect(try await answer(arguments + data + ["--json"]).version == 1) }
        #expect(try await answer(["status", "--json"] + data, exit: 1).version == 1)
        #expect(try await answer(["config", "--json"]).version == 1)
        #expect(try await answer(["issuer", "grants", app, "--json", "--data", stage.issuerData]).version == 1)

        for (arguments, code, exit) in [
          (["why", "nobody"] + data, "no_such_connection", Int32(1)),
          (["token", "nobody"] + data, "no_such_connection", 1),
          (["why"] + data, "usage", 2), (["wy", "shop"] + data, "usage", 2),
        ] {
          let told = try await answer(arguments + ["--json"], exit: exit)
          #expect(told.version == 1 && told.error?.code == code && told.error?.message.isEmpty == false, "\(told)")
        }
      }
    }

    @Test(
      "help is whole on a terminal of 80 columns: nothing is wider, text flows, and what is to be copied is in one piece"
    )
    func help() async throws {
      try await Stage.open { stage in
        var open: [[String]] = [[]]
        while let path = open.popLast() {
          let narrow = try await stage.start(path + ["--help"], environment: ["COLUMNS": "80"]).ending().output
          let wide = try await stage.start(path + ["--help"], environment: ["COLUMNS": "1000"]).ending().output
          let lines = narrow.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
          for line in lines { #expect(line.count <= 80, "\(path): \(line)") }
          let overview = lines.prefix { !$0.hasPrefix("USAGE: ") }
          for (line, next) in zip(overview, overview.dropFirst()) where !line.hasPrefix(" ") && !line.isEmpty {
            guard let first = next.first, first != " ", let word = next.split(separator: " ").first else { continue }
            // The parser leaves the last column free.
            #expect(line.count + 1 + word.count >= 80, "\(path) breaks early: \(line)")
          }
          let examples = wide.prefix(upTo: wide.range(of: "USAGE: ")?.lowerBound ?? wide.startIndex)
            .split(separator: "\n").filter { $0.hasPrefix(" ") }
          for example in examples { #expect(lines.contains(String(example)), "\(path) breaks \(example)") }
          var isListing = false
          for line in lines {
            if line.hasSuffix("SUBCOMMANDS:") { isListing = true } else if !line.hasPrefix("  ") { isListing = false }
            if isListing, let name = line.prefixMatch(of: /\x20\x20([a-z-]+)(?:\x20|$)/)?.1 {
              open.append(path + [String(name)])
            }
          }
        }
      }
    }

    @Test("the shell completes commands, connections, keys and providers, and says nothing where there is no data")
    func completion() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        _ = try await stage.addKey()
        let script = try await stage.succeed(["--generate-completion-script", "bash"]).output
        try stage.write(script, to: stage.file("completion"))
        /// What bash offers behind these words.
        func offered(_ words: [String], data: String) async throws -> [String] {
          let typed = ["'\(Project.evergrant)'"] + words.map { "'\($0)'" }
          let line = ([Project.evergrant] + words).joined(separator: " ")
          let ending = try await stage.run(
            "/bin/bash",
            [
              "-c",
              """
              shopt -s extglob; source '\(stage.file("completion"))'
              COMP_WORDS=(\(typed.joined(separator: " "))); COMP_CWORD=\(words.count)
              COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
              _evergrant '\(Project.evergrant)' '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
              printf '%s\\n' "${COMPREPLY[@]}"
              """,
            ], environment: ["EVERGRANT_DATA": data])
          // `compopt` is for a shell where somebody types.
          let said = ending.errors.split(separator: "\n").filter { !$0.contains("compopt") }
          #expect(said.isEmpty, "\(words): \(said)")
          return ending.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(try await offered(["stat"], data: stage.keeperData).contains("status"))
        #expect(try await offered(["pause", "s"], data: stage.keeperData) == ["shop"])
        #expect(try await offered(["key", "revoke", "n"], data: stage.keeperData) == ["nightly"])
        #expect(
          try await offered(["key", "add", "x", "--connection", ""], data: stage.keeperData) == ["shop"])
        #expect(try await offered(["setup", "ke"], data: stage.keeperData) == ["keap"])
        let nowhere = stage.file("nowhere")
        #expect(try await offered(["pause", "s"], data: nowhere) == [])
        #expect(!FileManager.default.fileExists(atPath: nowhere))
      }
    }

    @Test(
      "a client that is set anew asks for an approval only where one is needed, and a test of a channel is on record")
    func small() async throws {
      try await Stage.open { stage in
        let (ann, _) = try await stage.openShop("--access-lifetime", "3s")
        let data = ["--data", stage.keeperData], secret = stage.secrets + "/secret of app"
        func replace() async throws -> String {
          try await stage.succeed(["client", "add", "app", "--replace", "--secret-file", secret] + data).errors
        }
        let kept = try await replace()
        #expect(kept.contains("Its connections go on with it: shop.") && !kept.contains("approve"), "\(kept)")
        _ = try await ann.revoke(try #require(try await ann.accountPage().approvals.first))
        let refused = try await stage.evergrant(["refresh", "shop", "--force"] + data, environment: [:])
        #expect(refused.status == 4, "\(refused)")
        let needed = try await replace()
        #expect(needed.contains("evergrant reconnect shop"), "\(needed)")

        try await stage.succeed(["alert", "add", "page"] + data + ["--command", "/bin/true"])
        try await stage.succeed(["alert", "add", "deaf"] + data + ["--command", "/bin/false"])
        #expect(try await stage.succeed(["alert", "list"] + data).output.contains("no alert yet\n"))
        try await stage.succeed(["alert", "test", "page"] + data)
        #expect(try await stage.evergrant(["alert", "test", "deaf"] + data, environment: [:]).status == 1)
        let list = try await stage.succeed(["alert", "list"] + data).output
        #expect(list.contains(/page  runs \/bin\/true  no alert yet\n    tested [^\n]* UTC: taken/), "\(list)")
        #expect(list.contains(/deaf [^\n]*\n    tested [^\n]* UTC: \/bin\/false ended with 1/), "\(list)")
        try await stage.succeed(["alert", "remove", "deaf"] + data)
      }
    }
  }
}
