import Crypto
import Foundation
import OAuth
import Wire

/// The text of a key file: lines of `number base64-of-32-bytes`, and comments that begin with `#`.
///
/// The highest number seals; the others only open.
struct KeyText: Sendable {
  let keys: [UInt32: SymmetricKey]
  let current: UInt32
  private let text: String

  /// - Returns: nil where a line is not of that form, or there is none.
  init?(_ text: String) {
    var keys: [UInt32: SymmetricKey] = [:]
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      guard words.count == 2, let id = UInt32(words[0]), let data = Data(base64Encoded: String(words[1])),
        data.count == 32
      else { return nil }
      keys[id] = SymmetricKey(data: data)
    }
    guard let current = keys.keys.max() else { return nil }
    self.keys = keys
    self.current = current
    self.text = text
  }

  static func line(_ id: UInt32, _ random: Randomness) -> Secret {
    Secret("\(id) \(Data(random.bytes(32)).base64EncodedString())\n")
  }

  /// The text with one more key, which seals from then on.
  func adding(_ random: Randomness) -> Secret {
    Secret(text + (text.hasSuffix("\n") ? "" : "\n") + Self.line(current + 1, random).exposed)
  }

  /// The text without some keys, and their lines; the one that seals always stays.
  func dropping(_ ids: Set<UInt32>) -> (rest: Secret, dropped: Secret) {
    var rest = "", dropped = ""
    for line in text.split(whereSeparator: \.isNewline) {
      let id = line.split(separator: " ").first.flatMap { UInt32($0) }
      let goes = id.map { $0 != current && ids.contains($0) } ?? false
      if goes { dropped += line + "\n" } else { rest += line + "\n" }
    }
    return (Secret(rest), Secret(dropped))
  }

  /// Whether a number that both have means another key.
  func contradicts(_ known: [UInt32: SymmetricKey]) -> Bool {
    keys.contains { id, key in known[id].map { $0 != key } ?? false }
  }
}

/// Where the keys of a ring are kept. Another process may add one or drop one at any moment.
package protocol KeySource: Sendable {
  /// Tells whether the text was written in between; nil where that cannot be told.
  func mark() -> KeyMark?
  func read() throws -> Secret
  /// Replaces the text, whole or not at all and synced, by what `change` makes of it; nobody else changes it meanwhile.
  func replace(_ change: (Secret) throws -> Secret) throws
}

/// One state of a key file.
package struct KeyMark: Sendable, Equatable {
  package var file: UInt64
  /// Nanoseconds, or any other count that each writing raises.
  package var written: Int64

  package init(file: UInt64, written: Int64) {
    self.file = file
    self.written = written
  }
}
