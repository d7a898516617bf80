import Foundation
import HostileProvider
import Synchronization
import Wire

/// How far each part is: one changing line at a terminal, a line every 15 seconds elsewhere.
final class Progress: Sendable {
  private let parts = Mutex<[String: String]>([:])
  private let begun = ContinuousClock.now

  func set(_ part: String, _ text: String) { parts.withLock { $0[part] = text } }

  /// Shows it until the task is cancelled.
  func show() async {
    let isTerminal = isatty(STDERR_FILENO) == 1
    var next = Duration.seconds(15)
    while !Task.isCancelled {
      let elapsed = ContinuousClock.now - begun
      if isTerminal {
        say("\r\u{1B}[K\(line(elapsed).prefix(150))")
      } else if elapsed >= next {
        say("  \(line(elapsed))\n")
        next += .seconds(15)
      }
      do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
    }
    if isTerminal { say("\r\u{1B}[K") }
  }

  private func line(_ elapsed: Duration) -> String {
    let all = parts.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return "\(elapsed.components.seconds) s; " + all.joined(separator: "; ")
  }

  private func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
