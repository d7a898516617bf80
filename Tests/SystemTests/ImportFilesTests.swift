import Foundation
import TestKit
import Testing

extension RealPrograms {
  /// What an import reads and writes beside its calls. Nobody is there to be called, and nobody is.
  @Suite("files of an import") struct FilesOfAnImport {
    /// An import of a keeper that is not there: a call would be tried again for long.
    private func importing(_ stage: Stage, _ more: [String]) throws -> [String] {
      let key = stage.file("made-up.key")
      // Blanks around it do not count.
      try stage.write(" evk_made-up \r\n\n", to: key)
      return ["contacts", "import"] + more + ["--url", "http://127.0.0.1:9", "--connection", "shop", "--key-file", key]
    }

    @Test("a file that is there already is neither written over nor taken away, and that is said before any call")
    func kept() async throws {
      try await Stage.open { stage in
        let rows = stage.file("rows.csv"), notes = stage.file("notes.txt"), fresh = stage.file("fresh.csv")
        try stage.write("email\nada@example.org\n", to: rows)
        try stage.write("three years of work\n", to: notes)
        for option in ["--refused", "--report"] {
          let other = option == "--refused" ? "--report" : "--refused"
          for arguments in [try importing(stage, [rows]), ["contacts", "import", rows, "--dry-run"]] {
            let ending = try await stage.evergrant(arguments + [option, notes, other, fresh], environment: [:])
            #expect(ending.status == 1 && ending.output == "", "\(ending)")
            #expect(ending.errors.contains("\(notes) is there already"), "\(ending.errors)")
            #expect(ending.errors.contains("name a new file, or take that one away"), "\(ending.errors)")
            #expect(try stage.read(notes) == "three years of work")
            #expect(!FileManager.default.fileExists(atPath: fresh))
          }
        }
      }
    }

    @Test("an export writes over nothing that is there already, and says so before any call")
    func keptByExport() async throws {
      try await Stage.open { stage in
        let notes = stage.file("notes.csv"), link = stage.file("link.csv"), folder = stage.file("folder.csv")
        try stage.write("three years of work\n", to: notes)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: notes)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let before = try FileManager.default.contentsOfDirectory(atPath: stage.file("")).sorted()
        for path in [notes, link, folder] {
          let export = try importing(stage, []).map { $0 == "import" ? "export" : $0 } + ["--output", path]
          let ending = try await stage.evergrant(export, environment: [:])
          #expect(ending.status == 1 && ending.output == "", "\(ending)")
          #expect(
            ending.errors.contains("\(path) is there already: name a new file, or take that one away."),
            "\(ending.errors)")
        }
        #expect(try stage.read(notes) == "three years of work")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == notes)
        let after = try FileManager.default.contentsOfDirectory(atPath: stage.file("")).sorted()
        #expect(after == (before + ["made-up.key"]).sorted())
      }
    }

    @Test("what a command for contacts cannot do without stands first in its usage")
    func usage() async throws {
      try await Stage.open { stage in
        for name in ["find", "upsert"] {
          let usage = "evergrant contacts \(name) --email <address> ["
          let missing = try await stage.evergrant(["contacts", name], environment: [:])
          #expect(missing.status == 2 && missing.errors.contains("Usage: \(usage)"), "\(missing)")
          let help = try await stage.succeed(["contacts", name, "--help"])
          #expect(help.output.contains("USAGE: \(usage)"), "\(help.output)")
          // What is wrong with what was typed is told with the same usage.
          for more in [["--email", "ada@example"], ["--email", "ada@example.org"]] {
            let wrong = try await stage.evergrant(["contacts", name] + more, environment: [:])
            #expect(wrong.status == 2 && wrong.errors.contains("Usage: \(usage)"), "\(wrong)")
          }
        }
      }
    }

    @Test("a workbook is said to be one, and to be saved as CSV, in one sentence and before any call")
    func workbook() async throws {
      try await Stage.open { stage in
        let book = stage.file("rows.xlsx")
        try stage.write("PK\u{3}\u{4}\u{14}\n", to: book)
        for arguments in [try importing(stage, [book]), ["contacts", "import", book, "--dry-run"]] {
          let ending = try await stage.evergrant(arguments, environment: [:])
          #expect(ending.status == 1 && ending.output == "", "\(ending)")
          #expect(ending.errors.contains("\(book) is an Excel workbook or another archive: save it as CSV"))
          #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
        }
      }
    }

    @Test("an encoding that is named against the file's own bytes is refused before any call, and in a dry run")
    func encoding() async throws {
      try await Stage.open { stage in
        let rows = stage.file("rows.csv")
        try stage.write("email,name\nzoe@example.org,Zoë\nfinn@example.org,Łucja\n", to: rows)
        for name in ["latin1", "windows-1252", "utf-16"] {
          for arguments in [try importing(stage, [rows]), ["contacts", "import", rows, "--dry-run"]] {
            let ending = try await stage.evergrant(arguments + ["--encoding", name], environment: [:])
            #expect(ending.status == 1 && ending.output == "", "\(ending)")
            #expect(ending.errors.contains("\(rows) is UTF-8 by its bytes"), "\(ending.errors)")
            #expect(ending.errors.contains("Leave --encoding out"), "\(ending.errors)")
            #expect(ending.errors.split(separator: "\n").count == 1, "\(ending.errors)")
          }
        }
        let right = try await stage.succeed(["contacts", "import", rows, "--dry-run", "--encoding", "utf8"])
        #expect(right.output.contains("Łucja") && right.errors == "", "\(right)")
        let bytes = Data("email,name\na@example.org,Zoë\nb@example.org,Jos".utf8) + Data([0xE9, 0x0A])
        #expect(FileManager.default.createFile(atPath: stage.file("mixed.csv"), contents: bytes))
        let mixed = try await stage.succeed(
          ["contacts", "import", stage.file("mixed.csv"), "--dry-run", "--encoding", "latin1"])
        #expect(mixed.errors.contains("has lines that are UTF-8") && mixed.errors.contains("1 line, line 3, is not."))
      }
    }

    @Test("a file of windows-1252 that is named UTF-8, and UTF-16 in the wrong order, are refused before any call")
    func wholeFile() async throws {
      try await Stage.open { stage in
        let old = stage.file("w1252.csv"), wide = stage.file("wide.csv"), text = "email,name\na@example.org,Zoe\n"
        let latin = Data("email,name\na@example.org,Zo".utf8) + Data([0xEB, 0x0A])
        #expect(FileManager.default.createFile(atPath: old, contents: latin))
        let little = Data(text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] })
        #expect(FileManager.default.createFile(atPath: wide, contents: Data([0xFF, 0xFE]) + little))
        for (file, name, words) in [
          (old, "UTF-8", "\(old) looks like windows-1252: leave --encoding out. Nothing was sent."),
          (wide, "UTF-16BE", "\(wide) is UTF-16LE by its bytes"),
        ] {
          for arguments in [try importing(stage, [file]), ["contacts", "import", file, "--dry-run"]] {
            let ending = try await stage.evergrant(arguments + ["--encoding", name], environment: [:])
            #expect(ending.status == 1 && ending.output == "" && ending.errors.contains(words), "\(ending)")
          }
        }
        for (file, name) in [(old, "latin1"), (wide, "UTF-16LE"), (wide, "utf-16")] {
          _ = try await stage.succeed(["contacts", "import", file, "--dry-run", "--encoding", name])
        }
      }
    }

    @Test("a NUL, a million columns, ten megabytes, foreign letters and an open quote cost their rows alone")
    func hostile() async throws {
      try await Stage.open { stage in
        let rows = stage.file("rows.csv")
        var bytes = Array("email,name\na@example.org,Zoë\nb@example.org,\u{0}\nc@example.org".utf8)
        bytes += Array(repeating: UInt8(ascii: ","), count: 1_000_000)
        bytes += Array("\nd@example.org,".utf8)
        bytes += Array(repeating: UInt8(ascii: "x"), count: 10 << 20)
        bytes += Array("\ne@example.org,Jos".utf8)
        bytes += [0xE9]
        bytes += Array("\nf@example.org,\"Finn\ng@example.org,Gil\n".utf8)
        #expect(FileManager.default.createFile(atPath: rows, contents: Data(bytes)))
        let ending = try await stage.evergrant("contacts", "import", rows, "--dry-run")
        #expect(ending.status == 3, "\(ending.errors)")
        for (line, reason) in [
          (3, "column 2 holds a NUL"), (4, "more than 4096 columns"), (5, "longer than 262144 bytes"),
          (6, "column 2 is not UTF-8"), (7, "a quote opens here and never closes"),
        ] { #expect(ending.output.contains("line \(line) refused: \(reason)"), "\(ending.output)") }
        #expect(ending.output.contains("7 rows: 2 would be added or updated, 5 refused"), "\(ending.output)")
        #expect(ending.errors.contains("1 line, line 6, is not UTF-8 and is refused."), "\(ending.errors)")
      }
    }

    @Test("a dry run sums up what was left out, names the file of refused rows, and a line behind the end is told")
    func summary() async throws {
      try await Stage.open { stage in
        let rows = stage.file("rows.csv"), refused = stage.file("refused.csv")
        try stage.write("email,birthday\nada@example.org,3/4/1985\nbob@example,\n", to: rows)
        let dry = ["contacts", "import", rows, "--dry-run"]
        let ending = try await stage.evergrant(dry + ["--refused", refused], environment: [:])
        #expect(ending.status == 3 && ending.output.contains("dates left out on 1 row: --dates day-first"), "\(ending)")
        #expect(ending.output.contains("1 refused row is in \(refused)\n2 rows: 1 would be"), "\(ending)")
        let beyond = try await stage.evergrant(dry + ["--from-line", "900"], environment: [:])
        #expect(beyond.status == 0 && beyond.errors.contains("\(rows) ends before line 900."), "\(beyond)")
      }
    }

    @Test("a file in a folder that is not there is named as it was given, with the system's reason")
    func noFolder() async throws {
      try await Stage.open { stage in
        let rows = stage.file("rows.csv"), none = stage.file("none/all.csv")
        try stage.write("email\nada@example.org\n", to: rows)
        let export = try importing(stage, []).map { $0 == "import" ? "export" : $0 } + ["--output", none]
        for arguments in [["contacts", "import", rows, "--dry-run", "--refused", none], export] {
          let ending = try await stage.evergrant(arguments, environment: [:])
          #expect(ending.status == 1, "\(ending)")
          #expect(ending.errors.contains("\(none) cannot be written by the user"), "\(ending.errors)")
          #expect(ending.errors.contains(": No such file or directory."), "\(ending.errors)")
        }
      }
    }
  }
}
