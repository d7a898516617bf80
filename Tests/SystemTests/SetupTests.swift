import Foundation
import NetworkKit
import TestKit
import Testing

extension RealPrograms {
  /// `evergrant setup` on a terminal, as somebody meets it who has never seen the program: what is said is in
  /// `Tests/SystemTests/Fixtures/samples/setup/`, and what is not as there is an error.
  @Suite("setup") struct Setup {
    /// The stage, the app at the issuer, and a terminal with `setup` on it.
    private struct Play {
      let stage: Stage
      let ann: Browser
      let id: String
      let secret: String
      static let redirect = "https://shop.example/connected"

      func setup(_ options: String..., program: String = Project.evergrant) throws -> Terminal {
        try Terminal(
          ["setup", "strict", "--name", "shop", "--client", "app", "--data", stage.keeperData] + options, on: stage,
          in: stage.secrets, program: program)
      }

      /// Gives the app's data, as they are unless said otherwise.
      func giveApp(
        _ terminal: Terminal, redirect: String = Play.redirect, id: String? = nil, secret: String? = nil
      ) async throws {
        try await terminal.answer("Address: ", stage.issuerAddress)
        try await terminal.answer("Redirect URI: ", redirect)
        try await terminal.answer("Client id: ", id ?? self.id)
        try await terminal.answer("Client secret: ", secret ?? self.secret)
      }

      /// Opens the link that is shown, and pastes what `decide` makes of it.
      func paste(_ terminal: Terminal, _ decide: (String) async throws -> String) async throws {
        let shown = try await terminal.says("press Enter:")
        guard let link = shown.firstMatch(of: /http:\S+\/oauth\/authorize\?\S+/)?.output else {
          throw Missed("There is no link in \(shown)")
        }
        try terminal.program.type(try await decide(String(link)))
      }

      /// The words on the terminal, without what differs from one time to the next.
      func words(_ terminal: Terminal) -> String {
        terminal.transcript
          .replacing(/http:\S+\/oauth\/authorize\?\S+/, with: "LINK")
          .replacing(/https:\/\/shop\.example\/connected\?\S+/, with: "ANSWER")
          .replacing(stage.issuerAddress, with: "ISSUER").replacing(Project.evergrant, with: "PROGRAM")
          .replacing(stage.keeperData, with: "DATA").replacing(stage.secrets, with: "FOLDER").replacing(
            id, with: "CLIENT_ID"
          )
          .replacing(/[ ]+\n/, with: "\n")
      }
    }

    /// - Parameter skew: how far the issuer's clock seems ahead of this machine's.
    private func play(
      _ options: String..., skew: Duration = .zero, body: (Play) async throws -> Void
    ) async throws {
      let port = try await freePort()
      let relay = try await Relay.start(to: port)
      relay.skewClock(by: skew)
      try await Stage.open(issuerPort: port, issuerAddress: relay.address) { stage in
        try await stage.startIssuer(options)
        try await stage.addTenant("Acme")
        let ann = try await stage.addPerson("ann@acme.example", in: "Acme")
        let file = stage.secrets + "/secret"
        let added = try await stage.succeed([
          "issuer", "client", "add", "Shop portal", "--redirect-uri", Play.redirect, "--secret-file", file, "--data",
          stage.issuerData,
        ])
        // The issuer as Keap is: nobody is sent back to this machine.
        let entry = try stage.read(Project.file("Sources/Keeper/Providers/Entries/evergrant.yaml"))
          .replacing("name: evergrant", with: "name: strict").replacing(
            "title: Evergrant issuer", with: "title: Strict"
          )
          .replacing("loopback_redirects: true", with: "loopback_redirects: false")
        try FileManager.default.createDirectory(
          atPath: stage.keeperData + "/providers", withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
        try stage.write(entry, to: stage.keeperData + "/providers/strict.yaml")
        try await body(
          Play(
            stage: stage, ann: ann, id: added.output.trimmingCharacters(in: .newlines), secret: try stage.read(file)))
      }
    }

    /// Compares with the file, which `EVERGRANT_RECORD=1` writes anew.
    private func expect(_ words: String, as name: String) throws {
      let path = Project.file("Tests/SystemTests/Fixtures/samples/setup/\(name).txt")
      if ProcessInfo.processInfo.environment["EVERGRANT_RECORD"] == "1" {
        try words.write(toFile: path, atomically: true, encoding: .utf8)
      }
      let known = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      #expect(words == known, "it is not as in Tests/SystemTests/Fixtures/samples/setup/\(name).txt")
    }

    @Test("the good way ends in a key that works and lines that work, and again it changes nothing")
    func goodWay() async throws {
      try await play { play in
        let terminal = try play.setup()
        try await play.giveApp(terminal)
        try await play.paste(terminal) { try await play.ann.approve($0) }
        try await terminal.answer("shall work? [Y/n]: ", "")
        let ending = try await terminal.program.ending()
        #expect(ending.status == 0)
        try expect(play.words(terminal), as: "good")
        #expect(!terminal.transcript.contains(play.secret))

        let again = try play.setup()
        #expect(try await again.program.ending().status == 0)
        try expect(play.words(again), as: "again")

        // The printed PHP, on a server at the printed address but for its port.
        let keeper = try await play.stage.startKeeper()
        let lines = terminal.transcript.split(separator: "\n").filter { $0.hasPrefix("require") || $0.hasPrefix("$") }
        try #require(lines.count == 3)
        let program = lines.joined(separator: "\n")
          .replacing("'Evergrant.php'", with: "'\(Project.file("php/Evergrant.php"))'")
          .replacing("http://127.0.0.1:8080", with: keeper.address)
        try play.stage.write("<?php\n\(program)\n", to: play.stage.file("pasted.php"))
        let php = try await play.stage.run("/usr/bin/env", ["php", play.stage.file("pasted.php")])
        #expect(php.status == 0, "\(php.errors)\(php.output)")
        let token = try await play.stage.token().accessToken
        let listed = try await play.stage.callAPI("GET", "/crm/rest/v2/contacts", token: token)
        #expect(try listed.decoded(ContactList.self).contacts.map(\.email) == ["ada@example.org"])
      }
    }

    @Test(
      "the printed cron line has whole paths, survives cron's own reading of %, and runs with cron's short path")
    func cronLine() async throws {
      try await play { play in
        // A name for the program that cron and a shell would both misread.
        let folder = play.stage.file("50% off"), link = folder + "/evergrant"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Project.evergrant)
        let terminal = try play.setup(program: link)
        try await play.giveApp(terminal)
        try await play.paste(terminal) { try await play.ann.approve($0) }
        try await terminal.answer("shall work? [Y/n]: ", "")
        #expect(try await terminal.program.ending().status == 0)
        let keeper = try await play.stage.startKeeper()
        let lines = terminal.transcript.split(separator: "\n").map(String.init)
        var environment = ["PATH": "/usr/bin:/bin"]
        for line in lines {
          if let set = line.wholeMatch(of: /(EVERGRANT_[A-Z_]+)=(.*)/) { environment[String(set.1)] = String(set.2) }
        }
        #expect(environment.count == 4)
        environment["EVERGRANT_URL"] = keeper.address
        let hour = "0 3 * * *  "
        guard let printed = lines.first(where: { $0.hasPrefix(hour) })?.dropFirst(hour.count) else {
          throw Missed("There is no cron line in \(terminal.transcript)")
        }
        #expect(printed.contains("%") && !printed.replacing(#"\%"#, with: "").contains("%"), "\(printed)")
        let customers = play.stage.file("customers.csv")
        try play.stage.write("email\nada@example.org\n", to: customers)
        let command = printed.replacing(#"\%"#, with: "%").replacing("/srv/shop/customers.csv", with: customers)
        let ending = try await play.stage.run("/bin/sh", ["-c", String(command)], environment: environment)
        #expect(ending.status == 0 && ending.output.contains("1 created"), "\(command): \(ending.errors)")
      }
    }

    @Test("with its answers on the command line nothing is asked but the approval, which the person gives at the link")
    func unattended() async throws {
      try await play { play in
        let file = try play.stage.keep(play.secret, as: "the secret")
        let answers = [
          "setup", "strict", "--name", "shop", "--client", "app", "--data", play.stage.keeperData, "--key-file",
          play.stage.secrets + "/shop.key", "--yes",
        ]
        let missing = try await play.stage.start(answers).ending()
        #expect(missing.status == 2 && missing.errors.contains("say --base-url"), "\(missing.errors)")
        let app = ["--base-url", play.stage.issuerAddress, "--client-id", play.id, "--secret-file", file]
        let wrong = try await play.stage.start(answers + app + ["--redirect-uri", "http://127.0.0.1/callback"]).ending()
        #expect(wrong.status == 1 && wrong.errors.contains("--redirect-uri cannot be used"), "\(wrong.errors)")
        let full = answers + app + ["--redirect-uri", Play.redirect]
        let program = try play.stage.start(full, isAnswered: true)
        let link = try await Stage.link(in: program)
        try program.answer(try await play.ann.approve(link))
        let ending = try await program.ending()
        #expect(ending.status == 0, "\(ending.errors)")
        for asked in ["Address", "Redirect URI:", "Client id", "Client secret", "[Y/n]", "[y/N]"] {
          #expect(!ending.errors.contains(asked), "\(ending.errors)")
        }
        #expect(ending.output.contains("EVERGRANT_CONNECTION=shop"))
        let again = try await play.stage.start(full).ending()
        #expect(again.status == 0 && again.errors.contains("2. shop is connected"), "\(again.errors)")
      }
    }

    @Test(
      "an approval that nobody said yes to is no approval: when the terminal ends it is given back, when it closes it is asked again"
    )
    func nobodyThere() async throws {
      try await play { play in
        func begin() async throws -> Terminal {
          let terminal = try play.setup()
          let known = try await play.stage.succeed(["client", "list", "--data", play.stage.keeperData]).output
          if !known.contains("app") { try await play.giveApp(terminal) }
          try await play.paste(terminal) { try await play.ann.approve($0) }
          _ = try await terminal.says("shall work? [Y/n]: ")
          return terminal
        }
        let ended = try await begin()
        try ended.program.type("\u{4}")
        #expect(try await ended.program.ending().status == 1)
        #expect(ended.transcript.contains("so the approval was given back"), "\(ended.transcript)")
        #expect(try await play.stage.status().0.state == "disconnected")

        let closed = try await begin()
        closed.program.signal(SIGKILL)
        _ = try await closed.program.ending()
        let again = try play.setup()
        try await again.answer("shall work? [Y/n]: ", "n")
        _ = try await again.says("press Enter:")
        #expect(try await play.stage.status().0.state == "disconnected")
        again.program.signal(SIGKILL)
        _ = try await again.program.ending()
      }
    }

    @Test("a key that was lost is replaced if that is wanted, and the file of another key is left alone")
    func keys() async throws {
      try await play { play in
        let terminal = try play.setup()
        try await play.giveApp(terminal)
        try await play.paste(terminal) { try await play.ann.approve($0) }
        try await terminal.answer("shall work? [Y/n]: ", "")
        #expect(try await terminal.program.ending().status == 0)
        let file = play.stage.secrets + "/shop.key", first = try play.stage.read(file)

        try FileManager.default.removeItem(atPath: file)
        let again = try play.setup()
        try await again.answer("stops working [y/N]: ", "y")
        #expect(try await again.program.ending().status == 0)
        #expect(again.transcript.contains("The key shop-2 is in"))
        let second = try play.stage.read(file)
        #expect(first != second)
        let third = try play.setup()
        #expect(try await third.program.ending().status == 0)
        #expect(third.transcript.contains("3. The key shop-2 is in"))
        #expect(try play.stage.read(file) == second)

        let pasted = try await play.stage.paste("office") { try await play.ann.approve($0) }
        #expect(pasted.status == 0)
        let other = try await play.stage.addKey("other", connection: "office")
        let wrong = try play.setup("--key-file", other)
        #expect(try await wrong.program.ending().status == 1)
        #expect(wrong.transcript.contains("has the key of another connection, office"))
        try play.stage.write("evk_of_another_keeper\n", to: play.stage.file("foreign"))
        let foreign = try play.setup("--key-file", play.stage.file("foreign"))
        #expect(try await foreign.program.ending().status == 1)
        #expect(foreign.transcript.contains("a key that was not made here"))
        #expect(try play.stage.read(play.stage.file("foreign")) == "evk_of_another_keeper")
        try play.stage.write("notes\n", to: play.stage.file("notes"))
        let notes = try play.setup("--key-file", play.stage.file("notes"))
        #expect(try await notes.program.ending().status == 1)
        #expect(try play.stage.read(play.stage.file("notes")) == "notes")
      }
    }

    @Test(
      "a name that no address can have is refused before anything is asked, and Ctrl-C ends a question for a secret")
    func names() async throws {
      try await play { play in
        for name in ["my shop", "büro", "shop/eu", "../x", "-x"] {
          let refused = try await play.stage.evergrant(
            "setup", "strict", "--name=\(name)", "--data", play.stage.keeperData)
          #expect(refused.status == 1 && refused.errors.contains("cannot be a connection's name"), "\(refused.errors)")
        }
        let terminal = try play.setup()
        try await terminal.answer("Address: ", play.stage.issuerAddress)
        try await terminal.answer("Redirect URI: ", Play.redirect)
        try await terminal.answer("Client id: ", play.id)
        try await terminal.answer("Client secret: ", "half of a secret\u{3}")
        #expect(try await terminal.program.ending().status != 0)
        #expect(!terminal.transcript.contains("half"))
        let clients = try await play.stage.succeed(["client", "list", "--data", play.stage.keeperData])
        #expect(!clients.output.contains("app"))
      }
    }

    @Test("answers that are empty, wrong, quoted or pasted with blanks are told what is wrong with them, or understood")
    func badAnswers() async throws {
      try await play { play in
        let terminal = try play.setup()
        try await terminal.answer("Address: ", "id.example")
        try await terminal.answer("Address: ", " '\(play.stage.issuerAddress)' ")
        for wrong in ["", "http://127.0.0.1/callback", "https://shop.example/#x"] {
          try await terminal.answer("Redirect URI: ", wrong)
        }
        try await terminal.answer("Redirect URI: ", "\"\(Play.redirect)\"")
        try await terminal.answer("Client id: ", "the id")
        try await terminal.answer("Client id: ", play.id)
        try await terminal.answer("Client secret: ", "")
        // What is wrong is said with the same words before they ask again, at the beginning of a line.
        try await terminal.answer("\nClient secret: ", "  \(play.secret) ")
        try await play.paste(terminal) { _ in "" }
        try await terminal.answer("[y/N]: ", "")
        try await terminal.answer("[Y/n]: ", "what?")
        try await terminal.answer("[Y/n]: ", "y")
        try await play.paste(terminal) { String(try await play.ann.approve($0).prefix(40)) }
        try await terminal.answer("[Y/n]: ", "")
        try await play.paste(terminal) { "\"" + (try await play.ann.approve($0)) + "\" " }
        try await terminal.answer("shall work? [Y/n]: ", "y")
        #expect(try await terminal.program.ending().status == 0)
        try expect(play.words(terminal), as: "bad-answers")
      }
    }

    @Test("a wrong secret is asked for again, and a wrong redirect is said to be one that the provider does not know")
    func wrongApp() async throws {
      try await play { play in
        let terminal = try play.setup()
        try await play.giveApp(terminal, redirect: "https://shop.example/other", secret: "wrong")
        // The issuer shows an error and sends nobody back, so there is nothing to paste.
        try await play.paste(terminal) { link in
          let page = try await HTTP.send("GET", link)
          #expect(page.status == 400)
          return ""
        }
        try await terminal.answer("[y/N]: ", "y")
        try await terminal.answer("Address [\(play.stage.issuerAddress)]: ", "")
        try await terminal.answer("Redirect URI [https://shop.example/other]: ", Play.redirect)
        try await terminal.answer("Client id [\(play.id)]: ", "")
        try await terminal.answer("Client secret: ", "wrong")
        try await terminal.answer("[Y/n]: ", "y")
        try await play.paste(terminal) { try await play.ann.approve($0) }
        for _ in 1...3 { try await terminal.answer("]: ", "") }
        try await terminal.answer("Client secret: ", play.secret)
        try await play.paste(terminal) { try await play.ann.approve($0) }
        try await terminal.answer("shall work? [Y/n]: ", "")
        #expect(try await terminal.program.ending().status == 0)
        try expect(play.words(terminal), as: "wrong-app")
      }
    }

    @Test("a clock that is off is told of, and asks for no second approval")
    func clockOff() async throws {
      try await play(skew: .seconds(630)) { play in
        let terminal = try play.setup()
        try await play.giveApp(terminal)
        try await play.paste(terminal) { try await play.ann.approve($0) }
        try await terminal.answer("shall work? [Y/n]: ", "")
        #expect(try await terminal.program.ending().status == 0)
        let again = try play.setup()
        #expect(try await again.program.ending().status == 0)
        try expect(play.words(terminal) + "\n--- again ---\n" + play.words(again), as: "clock-off")
      }
    }

    @Test("an approval that is denied, too late, or for another tenant is told of, and a new link follows")
    func wrongApproval() async throws {
      // Long enough for a code that is pasted at once, on a machine with other things to do.
      let lifetime = 8.0
      try await play("--code-lifetime", "\(Int(lifetime))s") { play in
        try await play.stage.addTenant("Borealis")
        let cleo = try await play.stage.addPerson("cleo@example.org", in: "Acme", "Borealis")
        let terminal = try play.setup()
        try await play.giveApp(terminal)
        try await play.paste(terminal) { try await cleo.decide("deny", at: $0) }
        try await terminal.answer("[Y/n]: ", "")
        try await play.paste(terminal) { link in
          let answer = try await cleo.approve(link, tenant: "Borealis")
          let over = Date().addingTimeInterval(lifetime + 1)
          try await eventually("the code is over") { Date() > over }
          return answer
        }
        try await terminal.answer("[Y/n]: ", "")
        try await play.paste(terminal) { try await cleo.approve($0, tenant: "Borealis") }
        try await terminal.answer("shall work? [Y/n]: ", "n")
        try await play.paste(terminal) { try await cleo.approve($0, tenant: "Acme") }
        try await terminal.answer("shall work? [Y/n]: ", "y")
        #expect(try await terminal.program.ending().status == 0)
        #expect(try await play.stage.status().0.state == "ok")
        try expect(play.words(terminal), as: "wrong-approval")
      }
    }
  }
}
