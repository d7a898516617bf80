/// An entry of one of a contact's lists that is addressed by a slot (`EMAIL1`, `BILLING`) and made of text parts.
///
/// Within a `ContactChange` a part that is nil says nothing, and an empty one clears what stands there. Within a
/// `Contact` a part is nil or has characters.
package protocol SlotItem: Hashable, Sendable {
  associatedtype Slot: RawRepresentable<String> & CaseIterable & Hashable & Sendable

  var field: Slot { get set }
  init(field: Slot)

  /// The text parts, by their name on the wire, which v1 and v2 share.
  static var parts: [ItemPart<Self>] { get }

  /// Says whether this item, laid over `base`, still speaks of the same thing, so that what it leaves unsaid stays.
  func continues(_ base: Self) -> Bool

  /// This item with what it leaves unsaid taken from `base`, if it continues that.
  func laid(over base: Self?) -> Self

  /// What remains of this item when it stands alone: nil when it says nothing worth keeping.
  var settled: Self? { get }
}

package struct ItemPart<Item>: Sendable {
  package var key: String
  package var path: any WritableKeyPath<Item, String?> & Sendable

  init(_ key: String, _ path: any WritableKeyPath<Item, String?> & Sendable) {
    self.key = key
    self.path = path
  }
}

extension SlotItem {
  var isBlank: Bool { Self.parts.allSatisfy { self[keyPath: $0.path] == nil } }

  /// This item without its cleared parts.
  var withoutClearedParts: Self {
    var item = self
    for part in Self.parts where item[keyPath: part.path] == "" { item[keyPath: part.path] = nil }
    return item
  }

  package var settled: Self? {
    let item = withoutClearedParts
    return item.isBlank ? nil : item
  }

  package func laid(over base: Self?) -> Self {
    guard let base, continues(base) else { return self }
    var item = base
    for part in Self.parts {
      if let text = self[keyPath: part.path] { item[keyPath: part.path] = text }
    }
    return item
  }
}
