import Foundation
import Store

/// Something that the program knows, in a column of text as JSON with one member, such as `{"throttled":{}}`.
package protocol StoredFact: Storable, Codable {
  /// What stands in a column and is none of the cases.
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
