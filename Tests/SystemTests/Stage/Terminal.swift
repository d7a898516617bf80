import Foundation
import Synchronization
import TestKit

/// A program on a terminal of its own, with somebody at the keyboard.
final class Terminal: Sendable {
  let program: Program
  /// How much of what it said has been answered.
  private let read = Mutex(0)

  /// - Parameter folder: where the program runs.
  init(_ arguments: [String], on stage: Stage, in folder: String, program path: String = Project.evergrant) throws {
    let words = ([path] + arguments).map { "'\($0)'" }.joined(separator: " ")
    program = try stage.start(
      "/usr/bin/script", ["-q", "-e", "-c", "cd '\(folder)' && exec \(words)", "/dev/null"], named: "terminal",
      environment: ["TERM": "dumb", "SHELL": "/bin/sh"], isAnswered: true)
  }

  var transcript: String { program.output.replacing("\r\n", with: "\n") }

  /// Waits until it asks for something, and types the answer.
  func answer(_ prompt: String, _ line: String) async throws {
    _ = try await says(prompt)
    try program.type(line)
  }

  /// Waits until it says something after what was answered last.
  ///
  /// - Returns: all that it has said since.
  @discardableResult
  func says(_ words: String) async throws -> String {
    try await eventually("“\(words)” is said; so far: \(transcript.suffix(1500))") {
      let all = transcript
      return read.withLock { read -> String? in
        let new = all.dropFirst(read)
        guard let range = new.range(of: words) else {
          return nil
        }
        read = all.distance(from: all.startIndex, to: range.upperBound)
        return String(new)
      }
    }
  }
}
