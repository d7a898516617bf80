import Foundation
import Synchronization
import Wire

/// Looks at the command line and environment of every program of a stage, and of what those start, again and again while
/// something goes on.
final class ProcessWatch: Sendable {
  private let stage: Stage
  private let seen = Mutex<Set<Data>>([])

  init(of stage: Stage) { self.stage = stage }

  /// What each of them could be seen to have, in no order.
  var all: [Data] { seen.withLock { Array($0) } }

  func during<Result: Sendable>(_ play: @Sendable () async throws -> Result) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        while !Task.isCancelled {
          look()
          try? await Task.sleep(for: .milliseconds(10))
        }
      }
      defer { group.cancelAll() }
      return try await play()
    }
  }

  private func look() {
    for pid in stage.running {
      for name in ["cmdline", "environ"] {
        if let content = FileManager.default.contents(atPath: "/proc/\(pid)/\(name)"), !content.isEmpty {
          seen.withLock { _ = $0.insert(content) }
        }
      }
    }
  }
}
