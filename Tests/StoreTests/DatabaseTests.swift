import Foundation
import TestKit
import Testing

@testable import Store

/// What every engine behind the storage seam does; run over each.
struct DatabaseTests {
  enum Engine: CaseIterable {
    case file, memory

    func open(_ folder: TemporaryFolder) throws -> any Database {
      switch self {
      case .file: try SQLite(path: folder.path + "/test.sqlite")
      case .memory: try SQLite.inMemory()
      }
    }
  }

  private func withTable(_ engine: Engine, _ body: (any Database) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    let database = try engine.open(folder)
    try await database.migrate([Migration(1, ["CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT UNIQUE, bytes BLOB)"])]
    )
    try await body(database)
  }

  @Test("values come back as they went, by the number of their place", arguments: Engine.allCases)
  func values(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      try await database.write { db in
        try db.execute("INSERT INTO t (bytes, text, id) VALUES ($3, $2, $1)", Int64.max, "é😀 x", [UInt8](0...255))
        try db.execute("INSERT INTO t (id, text, bytes) VALUES ($1, $2, $2)", 1, nil as String?)
      }
      let rows = try await database.read { try $0.rows("SELECT * FROM t ORDER BY id") }
      #expect(try rows[1]["id"] as Int64 == .max)
      #expect(try rows[1]["text"] as String == "é😀 x")
      #expect(try rows[1]["bytes"] as [UInt8] == [UInt8](0...255))
      #expect(try rows[0]["text"] as String? == nil)
      #expect(throws: StoreError.self) { try rows[0]["text"] as String }
      #expect(throws: StoreError.self) { try rows[0]["nothing"] as String }
    }
  }

  @Test("what is empty is not nothing", arguments: Engine.allCases)
  func empty(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      try await database.write {
        try $0.execute("INSERT INTO t (id, text, bytes) VALUES ($1, $2, $3)", 1, "", [UInt8]())
      }
      let row = try await database.read { try $0.row("SELECT * FROM t WHERE text = $1 AND bytes = $2", "", [UInt8]()) }
      #expect(try row?["text"] as String? == "" && row?["bytes"] as [UInt8]? == [])
    }
  }

  @Test("a statement that was kept sees the tables as they have become", arguments: Engine.allCases)
  func changedTables(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      func first() async throws -> Row? { try await database.write { try $0.row("SELECT * FROM t") } }
      try await database.write { try $0.execute("INSERT INTO t (id) VALUES ($1)", 1) }
      #expect(try await first()?["id"] as Int? == 1)
      try await database.write { try $0.execute("ALTER TABLE t ADD COLUMN more BIGINT NOT NULL DEFAULT 7") }
      #expect(try await first()?["more"] as Int? == 7)
      try await database.write { try $0.execute("ALTER TABLE t DROP COLUMN more") }
      await #expect(throws: StoreError.self) { try await first()?["more"] as Int? }
    }
  }

  @Test(
    "a row that cannot be read leaves no statement under way, which would keep its table", arguments: Engine.allCases)
  func unreadableRow(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      try await database.write { try $0.execute("INSERT INTO t (id) VALUES (1), (2)") }
      await #expect(throws: StoreError.self) { try await database.write { try $0.rows("SELECT 9e300 + id FROM t") } }
      try await database.write { try $0.execute("DROP TABLE t") }
    }
  }

  @Test("a value stands where its number does, however often and in whatever order", arguments: Engine.allCases)
  func places(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      let sql = "SELECT $2 || '$3''$4' || $11 || $2 AS a, $1 AS b, $10 + $9 AS c, $11 || '' AS d"
      let row = try await database.read { try $0.row(sql, 1, "x", 3, 4, 5, 6, 7, 8, 9, 10, "z", 12) }
      #expect(try row?["a"] as String? == "x$3'$4zx")
      #expect(try row?["b"] as Int? == 1)
      #expect(try row?["c"] as Int? == 19)
      #expect(try row?["d"] as String? == "z")
      await #expect(throws: StoreError.self) { try await database.read { try $0.rows("SELECT $2, $1", 1) } }
    }
  }

  @Test("an act that throws alone leaves nothing behind, and those after it stand", arguments: Engine.allCases)
  func aloneInACommit(_ engine: Engine) async throws {
    struct Change: Error {}
    try await withTable(engine) { database in
      for number in 0..<6 {
        try? await database.write { db in
          try db.execute("INSERT INTO t (id) VALUES ($1)", number)
          if number == 2 { throw Change() }
          if number == 4 { try db.execute("INSERT INTO t (id) VALUES ($1)", number) }
        }
      }
      let ids: [Int] = try await database.read { db in
        try db.rows("SELECT id FROM t ORDER BY id").map { row in try row["id"] }
      }
      #expect(ids == [0, 1, 3, 5])
    }
  }

  @Test("a text with a NUL is refused, for an engine would cut it there", arguments: Engine.allCases)
  func textWithNUL(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      await #expect(throws: StoreError.self) {
        try await database.write { try $0.execute("INSERT INTO t (text) VALUES ($1)", "a\u{0}b") }
      }
    }
  }

  @Test("an act that throws leaves nothing behind, and its neighbours stand", arguments: Engine.allCases)
  func atomicity(_ engine: Engine) async throws {
    struct Change: Error {}
    try await withTable(engine) { database in
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            try? await database.write { db in
              try db.execute("INSERT INTO t (id) VALUES ($1)", number * 2)
              try db.execute("INSERT INTO t (id) VALUES ($1)", number * 2 + 1)
              if number % 3 == 0 { throw Change() }
            }
          }
        }
      }
      let ids: [Int] = try await database.read { db in
        try db.rows("SELECT id FROM t ORDER BY id").map { row in try row["id"] }
      }
      let kept: [Int] = (0..<200).filter { $0 % 3 != 0 }
      let expected: [Int] = kept.flatMap { [$0 * 2, $0 * 2 + 1] }
      #expect(ids == expected)
    }
  }

  @Test("a broken unique constraint is a conflict, any other trouble is not", arguments: Engine.allCases)
  func conflicts(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      try await database.write { try $0.execute("INSERT INTO t (text) VALUES ('a')") }
      await #expect { try await database.write { try $0.execute("INSERT INTO t (text) VALUES ('a')") } } throws: {
        if case StoreError.conflict = $0 { true } else { false }
      }
      await #expect { try await database.write { try $0.execute("INSERT INTO nowhere VALUES (1)") } } throws: {
        if case StoreError.unavailable = $0 { true } else { false }
      }
    }
  }

  @Test("a database that a newer version has written is refused in words", arguments: Engine.allCases)
  func newerVersion(_ engine: Engine) async throws {
    try await withTable(engine) { database in
      try await database.migrate([Migration(1, []), Migration(2, ["CREATE TABLE u (id INTEGER)"])])
      try await database.migrate([Migration(1, []), Migration(2, ["this would fail if it ran again"])])
      let error = await #expect(throws: StoreError.self) { try await database.migrate([Migration(1, [])]) }
      #expect(error?.description.contains("newer version") == true)
    }
  }

  @Test("commits are synced: the setting reads back as FULL on the writing connection")
  func synchronous() async throws {
    let folder = try TemporaryFolder()
    let database = try SQLite(path: folder.path + "/test.sqlite")
    let level = try await database.write { try $0.row("PRAGMA synchronous")?["synchronous"] as Int? }
    #expect(level == 2)
    let mode = try await database.write { try $0.row("PRAGMA journal_mode")?["journal_mode"] as String? }
    #expect(mode == "wal")
  }

  @Test("a file of which much is expected has room in memory and in its log, and is synced like any other")
  func large() async throws {
    let folder = try TemporaryFolder()
    let database = try SQLite(path: folder.path + "/test.sqlite", size: .large)
    func setting(_ name: String) async throws -> Int? {
      try await database.write { db in try db.row("SELECT * FROM pragma_\(name)").flatMap { try $0[name] as Int? } }
    }
    #expect(try await setting("cache_size") == -65_536)
    #expect(try await setting("synchronous") == 2)
    #expect(
      try await database.write { try $0.row("PRAGMA wal_autocheckpoint")?["wal_autocheckpoint"] as Int? } == 16_384)
  }

  @Test("another process's write changes the mark, and our own does not")
  func changeMark() async throws {
    let folder = try TemporaryFolder()
    let ours = try SQLite(path: folder.path + "/test.sqlite")
    let theirs = try SQLite(path: folder.path + "/test.sqlite")
    try await ours.migrate([Migration(1, ["CREATE TABLE t (id INTEGER)"])])
    let before = try await ours.changeMark()
    try await ours.write { try $0.execute("INSERT INTO t VALUES (1)") }
    #expect(try await ours.changeMark() == before)
    try await theirs.write { try $0.execute("INSERT INTO t VALUES (2)") }
    #expect(try await ours.changeMark() != before)
  }

  @Test("an act that ends the whole transaction takes none of its neighbours with it")
  func abortedTransaction() async throws {
    try await withTable(.file) { database in
      // As a full disk does: not the statement alone is undone.
      try await database.write {
        _ = try $0.execute(
          "CREATE TRIGGER full BEFORE INSERT ON t WHEN NEW.text = 'full' BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END"
        )
      }
      let refused = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<200 {
          group.addTask {
            do {
              try await database.write { db in
                try db.execute("INSERT INTO t (id) VALUES ($1)", number)
                if number % 10 == 3 { try db.execute("INSERT INTO t (text) VALUES ('full')") }
              }
              return false
            } catch { return true }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(refused == 20)
      let ids: [Int] = try await database.read { db in try db.rows("SELECT id FROM t ORDER BY id").map { try $0["id"] }
      }
      #expect(ids == (0..<200).filter { $0 % 10 != 3 })
    }
  }

  @Test("a look at a database that is not there is refused, and makes none")
  func lookAtNothing() throws {
    let folder = try TemporaryFolder(), path = folder.file("gone.sqlite")
    let error = #expect(throws: StoreError.self) { _ = try DatabaseLook(path: path) }
    #expect(error?.description.contains("is missing") == true)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a look tells a database that others write to from one that cannot be written")
  func lookWhileOthersWrite() async throws {
    let folder = try TemporaryFolder(), path = folder.file("a.sqlite")
    let database = try SQLite(path: path), look = try DatabaseLook(path: path, patience: 0)
    defer { look.close() }
    #expect(look.tryWriting() == .possible(synchronous: 2))
    #expect(try await database.write { _ in look.tryWriting() } == .busy)
    try database.close()
  }
}
