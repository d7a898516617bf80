import Synchronization
import TestKit
import Wire

/// All chances of one simulation, from one seed.
final class Dice: Sendable {
  private let generator: Mutex<SeededGenerator>

  init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

  func chance(_ probability: Double) -> Bool {
    guard probability > 0 else { return false }
    return generator.withLock { Double.random(in: 0..<1, using: &$0) } < probability
  }

  func number(_ range: ClosedRange<Int64>) -> Int64 { generator.withLock { Int64.random(in: range, using: &$0) } }

  func span(_ least: Duration, _ most: Duration) -> Duration {
    .milliseconds(number(least.milliseconds...max(least.milliseconds, most.milliseconds)))
  }

  func pick<Element>(_ choices: [Element]) -> Element? {
    choices.isEmpty ? nil : choices[Int(number(0...Int64(choices.count - 1)))]
  }
}
