import KeeperKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// What `why` tells.
struct HistoryTests {
  @Test("many refreshes become one sentence, and the history ends with what is so now and what to do")
  func history() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    for generation in 1...5 {
      world.time.advance(by: .hours(20))
      _ = await world.refresher().refresh("shop", .due(Int64(generation)))
    }
    let last = world.time.now
    world.time.advance(by: .hours(20))
    world.provider.next(.notSent("no such host"))
    _ = await world.refresher().refresh("shop", .due(6))
    world.time.advance(by: .hours(1))
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(6))
    let history = try await world.keeper().desk.history(of: "shop")
    #expect(history.chapters.map(\.kind) == ["approved", "refreshed", "put_off", "refused"])
    #expect(history.chapters.map(\.count) == [1, 5, 1, 1])
    #expect(history.chapters[0].sentence == "Approved by ann@example.org for acme.example.")
    #expect(history.chapters[1].sentence == "Refreshed 5 times, the last at \(last.readable).")
    #expect(history.chapters[2].sentence.contains("no such host"))
    #expect(history.chapters[3].sentence.hasPrefix("A person is needed: "))
    #expect(history.now.state == .needsApproval)
    #expect(history.now.nextStep?.contains("evergrant reconnect shop") == true)
  }

  @Test("what happened several times in a row is one chapter by its kind, and each key has its own")
  func chapters() async throws {
    let world = try await KeeperWorld()
    try await world.connect()
    let store = world.store()
    try await world.database.write { db in
      for detail in ["the answer was cut", "the answer was late"] { try store.event(.answerLost, "shop", detail, db) }
      for key in ["backup", "import"] { try store.event(.keyAdded, "shop", "API key \(key)", db) }
    }
    let history = try await world.keeper().desk.history(of: "shop")
    #expect(history.chapters.map(\.kind) == ["approved", "answer_lost", "key_added", "key_added"])
    #expect(history.chapters.map(\.count) == [1, 2, 1, 1])
    #expect(history.chapters[1].sentence.hasPrefix("The answer was late."))
  }

  @Test("nothing that a provider sends in place of an error code, a name or a reason gets into the history as it came")
  func hostile() async throws {
    let world = try await KeeperWorld {
      $0.answers = [Provider.AnswerRule(status: 400, error: nil, description: nil, means: .refused, ambiguous: false)]
    }
    try await world.connect(token: "r1-s3cret")
    let store = world.store()
    try await world.database.write { db in
      try store.event(.putOff, "shop", "a\u{1B}[2Jb\nc\u{202E}d", db)
    }
    world.provider.next(.body(400, #"{"error":"r1-s3cret\u0000\u001b[2J"}"#))
    _ = await world.refresher().refresh("shop", .due())
    let history = try await world.keeper().desk.history(of: "shop")
    let told = history.chapters.map(\.sentence).joined() + (history.now.trouble ?? "")
    #expect(history.now.state == .needsApproval)
    #expect(!told.contains("s3cret"))
    #expect(!told.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E })
    let row = try await world.row()
    for fingerprint in [row.refresh?.fingerprint, row.spent].compactMap(\.self) {
      #expect(!told.contains(fingerprint.hex.prefix(8)))
    }
  }
}
