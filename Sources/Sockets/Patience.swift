/// How far a body may still fall behind a least rate: time uses it up, bytes give it back.
package struct Patience: Sendable {
  private let most: Int64
  private let rate: Int64
  private var nanoseconds: Int64

  /// - Parameter rate: bytes in a second.
  package init(_ time: Duration, rate: Int) {
    most = Self.nanoseconds(time)
    self.rate = Int64(max(1, rate))
    nanoseconds = most
  }

  package mutating func credit(_ bytes: Int) {
    nanoseconds = min(most, nanoseconds + Int64(bytes) * 1_000_000_000 / rate)
  }

  /// Uses some up, and says whether any is left.
  package mutating func outlasts(_ time: Duration) -> Bool {
    nanoseconds -= Self.nanoseconds(time)
    return nanoseconds > 0
  }

  private static func nanoseconds(_ time: Duration) -> Int64 {
    time.components.seconds * 1_000_000_000 + time.components.attoseconds / 1_000_000_000
  }
}
