import Foundation
import Store

/// A fact in a column of text: JSON with one member, such as `{"throttled":{}}`.
package protocol StoredFact: Storable, Codable {
  /// The case for a column's text that is none of the others.
  static func told(_ words: String) -> Self
}

extension StoredFact {
  package var stored: Value {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // An enum of texts and numbers always encodes.
    return .text((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "")
  }

  package init?(stored: Value) {
    guard case .text(let text) = stored else { return nil }
    self = (try? JSONDecoder().decode(Self.self, from: Data(text.utf8))) ?? .told(text)
  }
}
