import Foundation
import Synchronization
import UnixSignals

/// Whether somebody has asked this command to end: SIGTERM or SIGINT once in good order, twice at once.
final class StopSign: Sendable {
  private let signal = Mutex<Int32?>(nil)

  var isSet: Bool { number != nil }

  /// The signal that asked.
  var number: Int32? { signal.withLock(\.self) }

  /// Does `body` while signals are listened for and its progress is shown.
  func watching(_ progress: JobProgress, _ body: () async throws -> Void) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        for await signal in signals { self.take(signal.rawValue) }
      }
      group.addTask { try await progress.run() }
      defer { group.cancelAll() }
      try await body()
    }
  }

  private func take(_ number: Int32) {
    guard signal.withLock({ $0 == nil }) else { exit(128 + number) }
    signal.withLock { $0 = number }
  }
}
