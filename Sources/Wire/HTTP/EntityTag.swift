/// Names one state of a resource (RFC 9110 section 8.8.3).
package struct EntityTag: Sendable, Hashable {
  /// What stands between the quotes.
  package var opaque: String
  /// Whether two states that have it may differ in their bytes.
  package var isWeak: Bool

  package init(_ opaque: String, isWeak: Bool = false) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// The value of an `ETag` field.
  package var text: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }

  /// Ends the tag of an answer in gzip. No tag of ours ends so by itself: base64url has no full stop.
  private static let gzipMark = ".gzip"

  /// The tag of the same state where it is sent in gzip: other bytes have another strong tag (RFC 9110 section 8.8.3.3).
  package var inGzip: EntityTag { EntityTag(opaque + Self.gzipMark, isWeak: isWeak) }

  /// The tag of the state, in whichever form it was sent.
  package var ofState: EntityTag {
    opaque.hasSuffix(Self.gzipMark) ? EntityTag(String(opaque.dropLast(Self.gzipMark.count)), isWeak: isWeak) : self
  }
}

/// What `If-Match` or `If-None-Match` names (RFC 9110 sections 13.1.1 and 13.1.2).
package enum EntityTagList: Sendable, Equatable {
  /// `*`: whatever state there is.
  case any
  case tags([EntityTag])

  /// Reads the field, which may come on several lines. What is not well-formed names no state: nothing is written for it, and
  /// nobody is told that what they have is current.
  package init(fields: [String]) {
    let field = fields.joined(separator: ",")
    let isAny = field.split { $0 == " " || $0 == "\t" } == ["*"]
    self = isAny ? .any : .tags(Self.tags(in: Array(field.utf8)) ?? [])
  }

  /// The states that it names, in whichever form each was sent.
  package var ofStates: EntityTagList {
    switch self {
    case .any: .any
    case .tags(let tags): .tags(tags.map(\.ofState))
    }
  }

  /// Whether it names a state by strong comparison: neither may be weak (RFC 9110 section 8.8.3.2).
  package func namesStrongly(_ tag: EntityTag) -> Bool {
    switch self {
    case .any: true
    case .tags(let tags): !tag.isWeak && tags.contains(tag)
    }
  }

  /// Whether it names a state by weak comparison, which does not ask whether either is weak.
  package func names(_ tag: EntityTag) -> Bool {
    switch self {
    case .any: true
    case .tags(let tags): tags.contains { $0.opaque == tag.opaque }
    }
  }

  private static func tags(in bytes: [UInt8]) -> [EntityTag]? {
    var tags: [EntityTag] = []
    var rest = bytes[...]
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    while true {
      // A list may have empty members (RFC 9110 section 5.6.1.2).
      rest = rest.drop { isBlank($0) || $0 == UInt8(ascii: ",") }
      if rest.isEmpty { return tags }
      let isWeak = rest.starts(with: "W/".utf8)
      if isWeak { rest = rest.dropFirst(2) }
      guard rest.first == UInt8(ascii: "\"") else { return nil }
      let opaque = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
      guard opaque.endIndex < rest.endIndex, opaque.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
      tags.append(EntityTag(String(decoding: opaque, as: UTF8.self), isWeak: isWeak))
      rest = rest[(opaque.endIndex + 1)...].drop(while: isBlank)
      guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
    }
  }
}
