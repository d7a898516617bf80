import Keeper

extension Keeper {
  /// Flies what `body` asks for. A signal to end starts nothing more, and what is in the air lands (K29).
  func working<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    try await StopSignals.held { _ in
      self.close()
    } during: {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await self.fly() }
        defer { self.close() }
        return try await body()
      }
    }
  }
}
