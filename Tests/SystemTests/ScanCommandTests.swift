import Foundation
import TestKit
import Testing
import Wire

extension RealPrograms {
  @Suite("scan") struct ScanCommand {
    private let carried = "<?php $app = new iSDK; $app->mergeCon(1, 2); $app->loadCon(1, array('State'));\n"

    @Test("a scan exits with 0 where all is carried, 3 where something is not, 1 where something was not read")
    func statuses() async throws {
      try await Stage.open { stage in
        try FileManager.default.createDirectory(atPath: stage.file("old"), withIntermediateDirectories: true)
        try stage.write(carried, to: stage.file("old/a.php"))
        let fine = try await stage.evergrant("scan", stage.file("old"))
        #expect(fine.status == 0 && fine.errors == "")
        #expect(fine.output.contains("old/a.php:1  ContactService.merge  carried\n"))
        let end = "1 goes on with a difference, 0 need a hand.\nNext: point this code at the keeper"
        #expect(fine.output.contains(end))

        try stage.write("<?php $app->runAS(1, 2);\n", to: stage.file("old/b.php"))
        let changed = try await stage.evergrant("scan", stage.file("old"))
        #expect(changed.status == 3 && changed.output.contains("To be changed, the most frequent first:"))
        // A place is the same in a line and in the summary: as it was typed.
        let place = stage.file("old/b.php") + ":1"
        #expect(changed.output.contains(place + "  ContactService.runActionSequence  not carried"))
        #expect(changed.output.contains("1 × ContactService.runActionSequence, at \(place): "))

        let path = "old/" + Array(repeating: "d", count: 66).joined(separator: "/")
        try FileManager.default.createDirectory(atPath: stage.file(path), withIntermediateDirectories: true)
        let unread = try await stage.evergrant("scan", stage.file("old"))
        #expect(unread.status == 1 && unread.output.contains("was not read: it lies more than 64 folders deep."))
        #expect(unread.output.contains("scan again; then change what is listed"))

        let none = try await stage.evergrant("scan", stage.file("none"))
        #expect(none.status == 1 && none.errors.contains("There is no file or folder"))
      }
    }

    @Test("K30: a scan of a folder without code exits with 1 and says so, and waits for no pipe")
    func nothing() async throws {
      try await Stage.open { stage in
        let folder = stage.file("empty")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for step in 0...2 {
          if step == 1 { try stage.write("no code", to: folder + "/notes.txt") }
          if step == 2 { try #require(mkfifo(folder + "/pipe.php", 0o600) == 0) }
          let none = try await stage.evergrant("scan", folder)
          #expect(none.status == 1 && none.errors == "")
          #expect(
            none.output == "There is no code here that can be read.\nNext: name the folder in which the code is.\n")
        }
        let pipe = try await stage.evergrant("scan", folder + "/pipe.php")
        #expect(pipe.status == 1 && pipe.errors.contains("is neither a folder nor a file with code"))
      }
    }

    @Test("a scan in JSON and in SARIF is one document on standard output")
    func documents() async throws {
      try await Stage.open { stage in
        try stage.write(carried, to: stage.file("a.php"))
        let json = try JSON.parse(Array(try await stage.succeed(["scan", stage.file("a.php"), "--json"]).output.utf8))
        #expect(json["version"] == 1 && json["calls"] == 2 && json["findings"]?[0]?["file"] == "a.php")
        let text = try await stage.succeed(["scan", stage.file("a.php"), "--sarif"]).output
        let sarif = try JSON.parse(Array(text.utf8))
        #expect(sarif["version"] == "2.1.0" && sarif["runs"]?[0]?["results"]?.array?.count == 2)
      }
    }
  }
}
