import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// An import that is killed, and one whose server stands still.
  @Suite("an import that is cut off") struct CutOffImports {
    /// Made-up people, a row for each, of which every fiftieth is wrong in one of several ways.
    private struct People {
      let count: Int
      let header = Array("First Name,Last Name,Email,City,State,Country\n".utf8)

      func isWrong(_ number: Int) -> Bool { number % 50 == 25 }

      func email(_ number: Int) -> String { "p\(number)@example.org" }

      /// The row as it should be.
      func right(_ number: Int) -> [UInt8] { row(email(number)) }

      private func row(_ email: String) -> [UInt8] {
        Array("Given,Müller,\(email),Tucson,AZ,United States\n".utf8)
      }

      /// The row as it stands in the file.
      func row(_ number: Int) -> [UInt8] {
        guard isWrong(number) else { return right(number) }
        switch number / 50 % 8 {
        case 0: return row("")
        case 1: return row("p\(number).example.org")
        case 2: return Array("Given,Müller,\(email(number))\n".utf8)
        case 3: return Array("more,".utf8) + right(number)
        case 4: return [0] + right(number)
        case 5: return [0xE9] + right(number)
        case 6: return Array("\"".utf8) + right(number)
        default: return Array("\"Behind\" a quote".utf8) + right(number)
        }
      }

      var file: [UInt8] { (1...count).reduce(into: header) { $0 += row($1) } }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
      guard
        FileManager.default.createFile(
          atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
      else { throw Missed("\(path) cannot be written") }
    }

    /// How many rows the note beside the file says are settled.
    private func settled(_ file: String) -> Int? {
      struct Note: Decodable {
        struct Counts: Decodable { var rows: Int }
        var counts: Counts
      }
      let text = FileManager.default.contents(atPath: file + ".evergrant-progress")
      return text.flatMap { try? JSONDecoder().decode(Note.self, from: $0) }?.counts.rows
    }

    private func stored(_ stage: Stage, _ token: String) async throws -> Int {
      try await stage.callAPI("GET", "/crm/rest/v1/contacts?limit=1", token: token).decoded(ContactCount.self).count
    }

    /// Puts each row of a file of refused rows right in its place. Each has to stand there as it was, once and in order.
    private func mended(_ refused: [UInt8], _ people: People) throws -> [UInt8] {
      let lines = refused.split(separator: 0x0A), wrong = (1...people.count).filter(people.isWrong)
      let head = Array("refused because,".utf8) + people.header
      try #require(lines.count == wrong.count + 1)
      #expect(Array(lines[0]) + [0x0A] == head)
      var rows = head
      for (line, number) in zip(lines.dropFirst(), wrong) {
        let raw: [UInt8] = Array(",".utf8) + people.row(number).dropLast(), reason = line.dropLast(raw.count)
        #expect(Array(line.suffix(raw.count)) == raw, "row \(number)")
        #expect(String(decoding: reason, as: UTF8.self).contains("line \(number + 1): "), "row \(number)")
        rows += Array(reason) + Array(",".utf8) + people.right(number)
      }
      return rows
    }

    @Test("P43: killed on its way, the same import goes on by itself, and what it refused goes in once it is mended")
    func killed() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keeper = try await stage.startKeeper(), people = People(count: 4000)
        let job = stage.job(keeper, keyFile: try await stage.addKey()), token = try await stage.token().accessToken
        let file = stage.file("many.csv"), refused = stage.file("refused.csv"), out = stage.file("all.csv")
        try write(people.file, to: file)
        let wrong = (1...people.count).count(where: people.isWrong)
        let arguments = ["contacts", "import", file, "--refused", refused, "--json"]
        let first = try stage.start(arguments, environment: job)
        try await eventually("two fifths are stored") { try await stored(stage, token) >= people.count * 2 / 5 }
        // It stands still for longer than the import lets pass between two notes of how far it is.
        keeper.program.signal(SIGSTOP)
        _ = try await first.says(/It waits for h/)
        keeper.program.signal(SIGCONT)
        let done = try await eventually("it notes how far it is") {
          settled(file).flatMap { $0 >= people.count / 4 ? $0 : nil }
        }
        try await first.kill()
        #expect(done < people.count)

        let second = try await stage.evergrant(arguments, environment: job)
        #expect(second.status == 3 && second.errors.contains("It goes on at line"), "\(second.errors)")
        let report = try second.decoded(ImportReport.self)
        #expect(report.rows == people.count && report.repeated == [])
        #expect(report.created + report.updated + report.unchanged == people.count - wrong)
        #expect(settled(file) == nil)

        let rest = try mended(Array(FileManager.default.contents(atPath: refused) ?? Data()), people)
        try write(rest, to: stage.file("mended.csv"))
        let third = try await stage.succeed(
          ["contacts", "import", stage.file("mended.csv"), "--json"], environment: job
        ).decoded(ImportReport.self)
        #expect(third.rows == wrong && third.created == wrong)
        try await stage.succeed(["contacts", "export", "--output", out], environment: job)
        let rows = try stage.read(out).split(separator: "\n").dropFirst()
        #expect(rows.count == people.count)
        #expect(Set(rows.map { $0.split(separator: ",")[1] }) == Set((1...people.count).map { people.email($0)[...] }))
      }
    }

    @Test("P43: a disk that is full in its midst ends an import with the reason, and with room it goes on")
    func fullDisk() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keeper = try await stage.startKeeper(), file = stage.file("rows.csv"), told = stage.file("told.csv")
        let keyFile = try await stage.addKey(allowing: Stage.rowByRow), job = stage.job(keeper, keyFile: keyFile)
        try stage.write(Customers(name: "full", count: 1500).csv, to: file)
        let command = "'\(Project.evergrant)' contacts import '\(file)' --report '\(told)'"
        // No file of it may be longer than some kilobytes, and who writes on is told so and not killed.
        let first = try await stage.run(
          "/bin/sh", ["-c", "trap '' XFSZ; ulimit -f 4; exec \(command)"], environment: job)
        #expect(first.status == 1 && first.errors.contains("\(told) cannot be written: File too large"), "\(first)")
        #expect(settled(file) != nil)
        let second = try await stage.run("/bin/sh", ["-c", "exec \(command)"], environment: job)
        #expect(second.status == 0 && second.errors.contains("It goes on at line"), "\(second)")
        #expect(second.output.contains("1500 rows: "), "\(second.output)")
        let lines = try stage.read(told).split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } }
        #expect(lines == (2...1501).map { "\($0)"[...] })
        let token = try await stage.token().accessToken
        #expect(try await stored(stage, token) == 1500)
      }
    }

    @Test("while the keeper stands still a job says that it waits, for whom and since when, and what to do")
    func standstill() async throws {
      try await Stage.open { stage in
        _ = try await stage.openShop()
        let keeper = try await stage.startKeeper(), file = stage.file("few.csv")
        let job = stage.job(keeper, keyFile: try await stage.addKey())
        try stage.write(Customers(name: "few", count: 3).csv, to: file)
        keeper.program.signal(SIGSTOP)
        let running = try stage.start(["contacts", "import", file], environment: job)
        let said = try await running.says(
          /It waits for (\S+), which has carried out no call since (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)\. (.*)\n/)
        #expect(said.1 == "\(keeper.address)/via/shop")
        #expect(said.3.contains("evergrant status") && said.3.contains("goes on by itself"))
        keeper.program.signal(SIGCONT)
        let ending = try await running.ending()
        #expect(ending.status == 0 && ending.output.contains("3 rows: 3 created"), "\(ending)")
        #expect(ending.errors.components(separatedBy: "It waits for").count == 2, "\(ending.errors)")
        keeper.program.signal(SIGSTOP)
        let find = try stage.start(["contacts", "find", "--email", "few.1@example.org"], environment: job)
        _ = try await find.says(/It waits for h/)
        keeper.program.signal(SIGCONT)
        #expect(try await find.ending().output.contains("few.1@example.org"))
      }
    }
  }
}
