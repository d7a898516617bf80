import Dispatch
import Foundation
import Synchronization

/// The signals that ask a process to end, held back while something is under way that must land.
enum StopSignals {
  /// The last one that came.
  final class Latest: Sendable {
    private let number = Mutex<Int32?>(nil)
    var signal: Int32? { number.withLock { $0 } }
    func note(_ signal: Int32) { number.withLock { $0 = signal } }
  }

  /// Does `body` to its end whatever signal comes; then signals mean what they meant before.
  static func held<Result>(
    telling tell: @escaping @Sendable (Int32) -> Void, during body: () async throws -> Result
  ) async rethrows -> Result {
    let held = [SIGINT, SIGTERM].map { number in
      let before = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { tell(number) }
      source.activate()
      return (number, before, source)
    }
    defer {
      for (number, before, source) in held {
        source.cancel()
        signal(number, before)
      }
    }
    return try await body()
  }
}
