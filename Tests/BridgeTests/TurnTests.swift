import Bridge
import Testing
import XMLRPC

/// Who waits for a record that somebody else has.
struct TurnTests {
  private static let most = 100

  private let world = BridgeWorld()

  init() {
    world.rest.put(["given_name": "Ada"], at: 77)
    world.rest.state.withLock { $0.isHeld = true }
  }

  /// Writes a caller's name into the contact.
  private func update(by caller: String) async throws -> Bridge.Reply {
    try await world.bridge(of: caller).answer(
      MethodCall("ContactService.update", ["key", 77, ["FirstName": .string(caller)]]))
  }

  private static func isRefused(_ reply: Bridge.Reply) -> Bool {
    guard case .response(.fault(let fault)) = reply else { return false }
    return fault.code == 3 && fault.sentence.contains("updates of this record wait already")
  }

  private func release() { world.rest.state.withLock { $0.isHeld = false } }

  @Test func `K32 a caller with as many updates of a record as may wait holds up another's by one`() async throws {
    let refused = try await withThrowingTaskGroup(of: (caller: String, isRefused: Bool).self) { group in
      func start(_ count: Int, _ caller: String) {
        for _ in 1...count {
          group.addTask { (caller, Self.isRefused(try await update(by: caller))) }
        }
      }
      var refused: [String] = []
      // One has the record and a hundred wait; the one that is refused tells that the others are there.
      start(Self.most + 2, "first")
      if let one = try await group.next(), one.isRefused { refused.append(one.caller) }
      start(Self.most + 1, "second")
      if let one = try await group.next(), one.isRefused { refused.append(one.caller) }
      release()
      for try await one in group where one.isRefused { refused.append(one.caller) }
      return refused
    }
    #expect(refused == ["first", "second"])
    let names = world.rest.writes.map { $0.body?["given_name"]?.string ?? "" }
    #expect(names.count == 2 * Self.most + 1)
    #expect(names.prefix(3).contains("second"))
    let alternating = names.dropFirst(2).prefix(2 * Self.most - 2)
    #expect(zip(alternating, alternating.dropFirst()).allSatisfy { $0 != $1 }, "the callers take turns")
  }

  @Test func `K32 an update that is given up while it waits leaves its place to others of its caller`() async throws {
    let first = Task { try await update(by: "first") }
    while world.rest.state.withLock(\.arrivals) == 0 { await Task.yield() }
    let ends = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0...Self.most {
        group.addTask {
          do { return Self.isRefused(try await update(by: "first")) } catch is CancellationError { return false }
        }
      }
      var ends = [try await group.next() ?? false]
      group.cancelAll()
      for try await end in group { ends.append(end) }
      return ends
    }
    #expect(ends == [true] + Array(repeating: false, count: Self.most))
    let last = Task { try await update(by: "first") }
    release()
    for task in [first, last] { #expect(try await task.value == .response(.value(77))) }
    #expect(world.rest.writes.count == 2)
  }
}
