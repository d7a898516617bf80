/// What a byte is as a letter of ASCII. The data plane looks at each byte of a head, so these are inlined into their callers.
extension UInt8 {
  /// Whether it can be seen (VCHAR of RFC 5234 appendix B.1): no blank, no control character, no byte of a longer letter.
  @inlinable package var isVisibleASCII: Bool { self >= 0x21 && self <= 0x7E }

  /// Whether it may stand in an address: it can be seen, and is no backslash, which browsers read as a slash.
  @inlinable package var isPlainInAddress: Bool { isVisibleASCII && self != UInt8(ascii: "\\") }

  @inlinable package var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

  @inlinable package var isASCIILetter: Bool { lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "z") }

  /// The letter in lower case; any other byte as it is.
  @inlinable package var lowercased: UInt8 {
    self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self
  }
}

extension StringProtocol {
  /// Whether there is something in it, and all of it can be seen: a text with a blank, a line break or a letter beyond ASCII
  /// is neither a credential nor a value that can go into a line of a protocol.
  @inlinable package var isVisibleASCII: Bool { !utf8.isEmpty && utf8.allSatisfy(\.isVisibleASCII) }

  /// Whether the texts are the same but for the case of ASCII letters.
  @inlinable package func equalsIgnoringCase(_ other: StaticString) -> Bool {
    utf8.count == other.utf8CodeUnitCount
      && other.withUTF8Buffer { other in zip(utf8, other).allSatisfy { $0.lowercased == $1.lowercased } }
  }
}
