import Foundation
import NIOCore
import NIOPosix
import TestKit
import Testing
import Wire

extension RealPrograms {
  /// `evergrant contacts` as a job and a person at a terminal meet it.
  @Suite("contacts") struct ContactsAtWork {
    private struct Shop {
      var keeper: Stage.Keeper
      var job: [String: String]
    }

    /// - Parameter rowByRow: whether the key is one with which each row is a call of its own, so that an import takes long.
    private func openShop(_ stage: Stage, rowByRow: Bool = false) async throws -> Shop {
      _ = try await stage.openShop()
      let keyFile = try await rowByRow ? stage.addKey(allowing: Stage.rowByRow) : stage.addKey()
      let keeper = try await stage.startKeeper()
      return Shop(keeper: keeper, job: stage.job(keeper, keyFile: keyFile))
    }

    @Test(
      "a paused connection ends a job at once with one sentence and 4, and status and its JSON say that it is paused")
    func paused() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage),
          sample = try stage.sample("customers-shopify.csv")
        try await stage.succeed(["pause", "shop", "--data", stage.keeperData])
        try await eventually("the server has heard of it, within a second") {
          let find = ["contacts", "find", "--email", "ada@example.org"]
          return try await stage.evergrant(find, environment: shop.job).status == 4
        }
        for arguments in [["contacts", "import", sample], ["contacts", "upsert", "--email", "ada@example.org"]] {
          let ending = try await stage.evergrant(arguments, environment: shop.job)
          #expect(ending.status == 4, "\(ending.errors)")
          #expect(ending.output == "")
          let lines = ending.errors.split(separator: "\n")
          #expect(lines.count == 1 && lines[0].contains("paused") && lines[0].contains("evergrant resume shop"))
        }
        let (status, exit) = try await stage.status()
        #expect(status.state == "paused" && exit == 4)
        #expect(status.nextStep?.contains("evergrant resume shop") == true)
        let check = try await stage.evergrant("status", "--check", "--data", stage.keeperData)
        #expect(check.status == 4 && check.output.hasPrefix("shop: paused"))
        try await stage.succeed(["resume", "shop", "--data", stage.keeperData])
        try await eventually("calls go through again") {
          try await stage.evergrant(["contacts", "import", sample], environment: shop.job).status == 0
        }
      }
    }

    @Test("SIGTERM ends an import with what was done and where to go on, and from there every row is there once")
    func stopping() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage, rowByRow: true), customers = Customers(name: "many", count: 1500)
        let file = stage.file("many.csv"), told = stage.file("told.csv")
        try stage.write(customers.csv, to: file)
        let first = try stage.start(
          ["contacts", "import", file, "--json", "--report", told], environment: shop.job)
        try await eventually("some rows are written") {
          try await stage.evergrant(
            ["contacts", "find", "--email", customers.email(40), "--json"], environment: shop.job
          ).output.contains("many.40@")
        }
        let ending = try await first.terminate()
        #expect(ending.status == 143, "\(ending.errors)")
        let report = try ending.decoded(ImportReport.self), line = try #require(report.resumeAt)
        #expect(report.rows >= 40 && report.rows < 1500 && report.created == report.rows)
        #expect(ending.errors.contains("Stopped after \(report.rows) rows"))
        #expect(ending.errors.contains("--from-line \(line)"))
        #expect(try stage.read(told).split(separator: "\n").count == report.rows + 1)
        let second = try await stage.succeed(
          ["contacts", "import", file, "--from-line", "\(line)", "--json"], environment: shop.job
        ).decoded(ImportReport.self)
        #expect(second.rows == 1501 - line + 1)
        #expect(report.created + second.created == 1500)
      }
    }

    @Test("stopped and started again, the same command goes on, and what it writes beside has each row once")
    func goingOn() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage, rowByRow: true), customers = Customers(name: "more", count: 1500)
        let file = stage.file("more.csv"), told = stage.file("told.csv"), refused = stage.file("refused.csv")
        let parts = customers.csv.split(separator: "\n", maxSplits: 1).map(String.init)
        try stage.write("\(parts[0])\nNo,Body,first,,,\n\(parts[1])No,Body,last,,,\n", to: file)
        let arguments = ["contacts", "import", file, "--report", told, "--refused", refused]
        let first = try stage.start(arguments, environment: shop.job)
        try await eventually("some rows are written") {
          try await stage.evergrant(
            ["contacts", "find", "--email", customers.email(40), "--json"], environment: shop.job
          ).output.contains("more.40@")
        }
        let ending = try await first.terminate()
        #expect(
          ending.status == 143 && ending.errors.contains("Run it again, and it goes on at line"), "\(ending.errors)")
        let note = try stage.read(file + ".evergrant-progress")
        #expect(note.contains("counts") && !note.contains("more."))
        let second = try await stage.evergrant(arguments, environment: shop.job)
        #expect(second.status == 3 && second.errors.contains("It goes on at line"), "\(second.errors)")
        #expect(
          second.output.contains("1502 rows: 1500 created, 0 updated, 0 unchanged, 2 refused"), "\(second.output)")
        // Rows that were still under way when the first was stopped come behind those that were settled.
        let lines = try stage.read(told).split(separator: "\n").dropFirst().map { Int($0.prefix { $0 != "," }) }
        #expect(lines.compactMap(\.self).sorted() == Array(2...1503))
        let rows = try stage.read(refused).split(separator: "\n")
        #expect(rows.count == 3 && rows[1].hasSuffix(",No,Body,first,,,") && rows[2].hasSuffix(",No,Body,last,,,"))
        #expect(!FileManager.default.fileExists(atPath: file + ".evergrant-progress"))
      }
    }

    @Test("tags and a mapping go with an import, its export goes in again unchanged, and standard input is a file")
    func outAndIn() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage), out = stage.file("all.csv")
        try stage.write(
          "Kontakt;Tags;Name\nada@example.org;VIP, News;Ada Quill\nben@example.org;;=Ben\n", to: stage.file("in.csv"))
        let importing = ["contacts", "import", stage.file("in.csv"), "--map", "Kontakt=email"]
        let wrong = try await stage.evergrant(importing + ["--tag", "All"], environment: shop.job)
        #expect(wrong.status == 1 && wrong.errors.contains("there is no tag All"), "\(wrong.errors)")
        let made = try await stage.succeed(importing + ["--tag", "All", "--create-tags"], environment: shop.job)
        #expect(made.output.contains("2 rows: 2 created"), "\(made.output)")
        let exported = try await stage.succeed(["contacts", "export", "--output", out], environment: shop.job)
        #expect(exported.output == "" && exported.errors.contains("2 contacts in "))
        let text = try stage.read(out)
        let over = try await stage.evergrant(["contacts", "export", "--output", out], environment: shop.job)
        #expect(over.status == 1 && over.errors.contains("\(out) is there already"), "\(over.errors)")
        #expect(try stage.read(out) == text)
        #expect(text.contains(",'=Ben,") && text.contains("News") && text.contains("VIP") && text.contains(" ::: "))
        let again = try await stage.run(
          "/bin/sh", ["-c", "'\(Project.evergrant)' contacts import - < '\(out)'"], environment: shop.job)
        #expect(again.status == 0 && again.output.contains("2 rows: 0 created, 0 updated, 2 unchanged"), "\(again)")
        let chosen = try await stage.succeed(
          ["contacts", "export", "--format", "jsonl", "--tag", "vip"], environment: shop.job)
        #expect(chosen.output.split(separator: "\n").count == 1 && chosen.output.contains("ada@example.org"))
      }
    }

    @Test("a disk that is full is said, and what was written stays")
    func fullDisk() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage)
        try stage.write("email\nada@example.org\nnobody\n", to: stage.file("rows.csv"))
        for option in ["--report", "--refused"] {
          let ending = try await stage.evergrant(
            "contacts", "import", stage.file("rows.csv"), option, "/dev/full", environment: shop.job)
          #expect(ending.status == 1 && ending.errors.contains("/dev/full cannot be written: No space left on device"))
        }
        let found = try await stage.succeed(["contacts", "find", "--email", "ada@example.org"], environment: shop.job)
        #expect(found.output.contains("ada@example.org"))
      }
    }

    @Test("rows that are refused make the exit status 3, and nothing but them 1")
    func exitStatus() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage)
        for (rows, expected) in [("a@example.org\nb@\n", 3), ("b@\n", 1), ("a@example.org\na@example.org\n", 0)] {
          try stage.write("email\n" + rows, to: stage.file("rows.csv"))
          for dry in [["--dry-run"], []] {
            let ending = try await stage.evergrant(
              ["contacts", "import", stage.file("rows.csv")] + dry, environment: shop.job)
            #expect(ending.status == Int32(expected), "\(rows) \(dry) \(ending.output)")
          }
        }
      }
    }

    @Test("a dry run says that it is one, what each column is taken for, what is not used, refused and repeated")
    func dryRun() async throws {
      try await Stage.open { stage in
        try stage.write(
          """
          Email,Billing Email,First Name,Loyalty Points
          ada@example.org,,Ada,7
          ,ben@example.org,Ben,8
          nobody,,No,9
          Ada@example.org,,Ada,7

          """, to: stage.file("rows.csv"))
        let ending = try await stage.evergrant("contacts", "import", stage.file("rows.csv"), "--dry-run")
        #expect(ending.status == 3)
        #expect(
          ending.output == """
            This is a dry run: the file is judged, nobody is called, nothing is written.
            columns used:
              Email          is the e-mail address
              Billing Email  is the e-mail address, where Email is empty
              First Name     is the given name
            columns not used: Loyalty Points
            line 2 would be:
              email: ada@example.org
              given name: Ada
            line 3 would be:
              email: ben@example.org
              given name: Ben
            line 4 refused: e-mail address nobody has no @
            line 5 left out: the same person as line 2
            4 rows: 2 would be added or updated, 1 refused, 1 repeated

            """)
      }
    }

    @Test("ids are in every answer: of find, of upsert and of the report of an import")
    func ids() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage), ada = "ada@example.org"
        let none = try await stage.succeed(["contacts", "find", "--email", ada], environment: shop.job)
        #expect(none.output == "" && none.errors.contains("No contact"))
        let upsert = ["contacts", "upsert", "--email", ada, "--given-name", "Ada", "--family-name", "Quill"]
        struct Upserted: Decodable {
          var version: Int
          var outcome: String
          var id: String
        }
        let made = try await stage.succeed(upsert + ["--json"], environment: shop.job).decoded(Upserted.self)
        #expect(made.version == 1 && made.outcome == "created" && !made.id.isEmpty)
        let again = try await stage.succeed(upsert, environment: shop.job)
        #expect(again.output == "unchanged \(ada), contact \(made.id)\n")
        let found = try await stage.succeed(["contacts", "find", "--email", ada], environment: shop.job)
        #expect(found.output == "\(made.id)  \(ada)  Ada Quill\n")
        try stage.write("email,first_name\n\(ada),Ada\nx,\n", to: stage.file("rows.csv"))
        let importing = try await stage.evergrant(
          "contacts", "import", stage.file("rows.csv"), "--report", stage.file("told.csv"), environment: shop.job)
        #expect(importing.status == 3)
        #expect(
          try stage.read(stage.file("told.csv")) == """
            line,outcome,id,note
            2,unchanged,\(made.id),
            3,refused,,e-mail address x has no @
            """)
      }
    }

    @Test("what a file holds reaches no terminal raw, neither as a refused value nor as a column, a name or an error")
    func escapes() async throws {
      try await Stage.open { stage in
        let shop = try await openShop(stage)
        let escape = "\u{1B}]0;owned\u{07}\u{9B}31m"
        try stage.write(
          "email,first_name,Bad\(escape)\nx\(escape)@example.org,A,\n\"y\nline 9 refused: z\"@,B,\n\"y\nline 9 refused: z\",B,\n"
            + "ok@example.org,N\(escape)\u{202E},\n", to: stage.file("rows.csv"))
        var said = ""
        for more in [["--dry-run"], [], ["--json"], ["--report", stage.file("told.csv")]] {
          let ending = try await stage.evergrant(
            ["contacts", "import", stage.file("rows.csv")] + more, environment: shop.job)
          said += ending.output + ending.errors
        }
        said += try stage.read(stage.file("told.csv"))
        let found = try await stage.succeed(["contacts", "find", "--email", "ok@example.org"], environment: shop.job)
        said += found.output
        said += try await stage.evergrant("contacts", "import", "no\(escape)such.csv", "--dry-run").errors
        #expect(said.contains("\\u001b]0;owned\\u0007"))
        #expect(found.output.contains("N\\u001b"))
        #expect(
          !said.unicodeScalars.contains {
            $0 != "\n" && ($0.properties.generalCategory == .control || $0.value == 0x202E)
          })
        #expect(!said.split(separator: "\n").contains { $0.hasPrefix("line 9") })
      }
    }

    @Test("a folder is told from a file, and one that is not there from one that may not be read")
    func folder() async throws {
      try await Stage.open { stage in
        for (name, words) in [(stage.temporary, "is a folder"), (stage.file("none.csv"), "There is no file")] {
          let ending = try await stage.evergrant("contacts", "import", name, "--dry-run")
          #expect(ending.status == 1 && ending.errors.contains(words), "\(ending.errors)")
        }
      }
    }

    @Test("an import shows how far it is: a line now and then on standard error, and one line that moves at a terminal")
    func progress() async throws {
      try await Stage.open { stage in
        // Takes calls and never answers.
        let silence = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .bind(host: "127.0.0.1", port: 0).get()
        defer { silence.close(promise: nil) }
        let port = try #require(silence.localAddress?.port)
        let key = try stage.keep("evk_made-up", as: "key")
        let job = ["--url", "http://127.0.0.1:\(port)", "--connection", "shop", "--key-file", key]
        let files = [stage.file("rows.csv"), stage.file("others.csv")]
        for file in files { try stage.write(Customers(name: "few", count: 3).csv, to: file) }
        let plain = try stage.start(["contacts", "import", files[0]] + job)
        let terminal = try Terminal(["contacts", "import", files[1]] + job, on: stage, in: stage.temporary)
        _ = try await plain.says(/0 rows: 0 created.*\n/)
        #expect(!plain.errors.contains("\r"))
        let second = try await stage.evergrant(["contacts", "import", files[0]] + job, environment: [:])
        #expect(second.status == 1 && second.errors.contains("\(files[0]) is being imported by another process"))
        #expect(try await stage.evergrant("contacts", "import", files[0], "--dry-run").status == 0)
        try await terminal.says("\r0 rows: 0 created")
        // Who asks twice does not wait for what is under way.
        try await eventually("it ends") { () -> Bool in
          plain.signal(SIGINT)
          return !plain.isRunning
        }
        #expect(try await plain.ending().status == 130)
        #expect(plain.errors.contains("Stopped after") || plain.errors.hasSuffix("\n"))
      }
    }
  }
}
