import Foundation
import TestKit
import Testing

@testable import Store

/// K28: a count outside the database, that only rises and that a cut does not take back.
struct WitnessTests {
  private let folder: TemporaryFolder
  private let witness: WitnessFile
  private var path: String { folder.path + "/witness" }

  init() throws {
    folder = try TemporaryFolder()
    witness = WitnessFile(path: folder.path + "/witness")
  }

  private func mark(_ landings: Int64, _ store: String = "store-a") -> WitnessMark {
    WitnessMark(store: store, landings: landings)
  }

  private func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
  private func set(_ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

  @Test("K28: the witness is missing until something was counted, and then tells the most")
  func counts() async throws {
    #expect(try witness.read() == .missing)
    for count in Int64(0)...20 {
      try await witness.raise(to: mark(count))
      #expect(try witness.read() == .mark(mark(count)))
      #expect(try WitnessFile(path: path).read() == .mark(mark(count)), "another process reads the same")
    }
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
  }

  @Test("K28: raising never lowers")
  func neverLowers() async throws {
    try await witness.raise(to: mark(7))
    for count in [Int64(6), 0, -5, 7] { try await witness.raise(to: mark(count)) }
    #expect(try witness.read() == .mark(mark(7)))
    try await witness.raise(to: mark(.max))
    #expect(try witness.read() == .mark(mark(.max)))
  }

  @Test("K28: a cut of either record, at any byte, leaves the other")
  func cutRecord() async throws {
    for count in Int64(1)...5 { try await witness.raise(to: mark(count)) }
    let whole = try bytes()
    let size = whole.count / 2
    // The records are written in turn, so one tells 5 and the other 4.
    for record in 0..<2 {
      for cut in 0..<60 {
        var damaged = whole
        for place in record * size + cut..<(record + 1) * size { damaged[place] = UInt8(ascii: "0") }
        try set(damaged)
        guard case .mark(let left) = try witness.read() else {
          Issue.record("record \(record) cut at \(cut) took the other with it")
          continue
        }
        #expect(left == mark(4) || left == mark(5), "record \(record) cut at \(cut)")
      }
    }
  }

  @Test("K28: a write that is cut at any byte leaves what was there before, or the new mark")
  func cutWrite() async throws {
    for count in Int64(8)...9 { try await witness.raise(to: mark(count)) }
    let before = try bytes()
    try await witness.raise(to: mark(10))
    let after = try bytes()
    let changed = before.indices.filter { before[$0] != after[$0] }
    for cut in changed + [after.count] {
      try set(after[..<cut] + before[cut...])
      let reading = try witness.read()
      #expect(reading == .mark(mark(9)) || reading == .mark(mark(10)), "cut at \(cut)")
    }
  }

  @Test("K28: a witness of which nothing can be read is damaged, not missing, and the next mark mends it")
  func damaged() async throws {
    try await witness.raise(to: mark(3))
    for text in [
      "x", "store-a 3 ", String(repeating: " ", count: 1024), String(repeating: "store-a 9 ff\n", count: 90),
    ] {
      try set(text.utf8)
      #expect(try witness.read() == .damaged, "\(text.prefix(20))")
    }
    try await witness.raise(to: mark(2))
    #expect(try witness.read() == .mark(mark(2)))
  }

  @Test("K28: a witness that was opened and not yet written, or cut to nothing, is missing")
  func empty() async throws {
    try set([])
    #expect(try witness.read() == .missing)
    try await witness.raise(to: mark(1))
    #expect(try witness.read() == .mark(mark(1)))
  }

  @Test("K28: a number or a name that was changed by hand is damage")
  func forged() async throws {
    for count in Int64(40)...41 { try await witness.raise(to: mark(count)) }
    let text = String(decoding: try bytes(), as: UTF8.self)
    try set(text.replacing("store-a 41", with: "store-a 31").replacing("store-a 40", with: "store-b 40").utf8)
    #expect(try witness.read() == .damaged)
  }

  @Test("K28: the mark of another store takes the place of both records")
  func otherStore() async throws {
    for count in Int64(100)...103 { try await witness.raise(to: mark(count)) }
    try await witness.raise(to: mark(2, "store-b"))
    #expect(try witness.read() == .mark(mark(2, "store-b")))
    #expect(!String(decoding: try bytes(), as: UTF8.self).contains("store-a"))
    try await witness.raise(to: mark(1, "store-b"))
    #expect(try witness.read() == .mark(mark(2, "store-b")))
  }

  @Test("K28: of two writers at once the higher mark stands, and no reader meanwhile sees damage")
  func twoWriters() async throws {
    let other = WitnessFile(path: path)
    try await witness.raise(to: mark(0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, writer) in [witness, other].enumerated() {
        group.addTask {
          for count in 1...60 { try await writer.raise(to: mark(Int64(count * 2 - index))) }
        }
      }
      group.addTask {
        for _ in 0..<400 {
          guard case .mark = try WitnessFile(path: path).read() else {
            Issue.record("a reader saw damage")
            return
          }
          await Task.yield()
        }
      }
      try await group.waitForAll()
    }
    #expect(try witness.read() == .mark(mark(120)))
  }

  @Test("K28: a witness that cannot be read or written says so and names its file")
  func unreachable() async throws {
    let nowhere = WitnessFile(path: folder.path + "/nowhere/witness")
    #expect(try nowhere.read() == .missing)
    let error = await #expect(throws: StoreError.self) { try await nowhere.raise(to: mark(1)) }
    #expect(error?.description.contains("/nowhere/witness") == true)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    await #expect(throws: StoreError.self) { try await witness.raise(to: mark(1)) }
  }

  @Test("K28: a witness that cannot be opened is not taken for one that is missing")
  func cannotBeOpened() async throws {
    // A link that leads to itself: no user may open it.
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path)
    #expect(throws: StoreError.self) { _ = try witness.read() }
    let error = await #expect(throws: StoreError.self) { try await witness.raise(to: mark(1)) }
    #expect(error?.description.contains(String(cString: strerror(ELOOP))) == true)
  }
}
