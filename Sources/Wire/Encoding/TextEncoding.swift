/// How a file spells its letters.
package enum TextEncoding: String, CaseIterable, Hashable, Sendable {
  case utf8 = "UTF-8"
  case utf16LittleEndian = "UTF-16LE"
  case utf16BigEndian = "UTF-16BE"
  case windows1252 = "windows-1252"

  /// Finds it by a name that people and programs use for it; ISO-8859-1 is read as windows-1252, and UTF-16 without its order
  /// as Windows writes it.
  package init?(named name: String) {
    switch name.lowercased().filter({ $0 != "-" && $0 != "_" && $0 != " " }) {
    case "utf8", "utf8bom", "utf8sig", "ascii", "usascii": self = .utf8
    case "utf16", "utf16le", "unicode", "ucs2": self = .utf16LittleEndian
    case "utf16be": self = .utf16BigEndian
    case "windows1252", "cp1252", "1252", "ansi", "latin1", "iso88591", "l1": self = .windows1252
    default: return nil
    }
  }

  /// The byte-order mark that a file of it may begin with.
  package var mark: [UInt8] {
    switch self {
    case .utf8: [0xEF, 0xBB, 0xBF]
    case .utf16LittleEndian: [0xFF, 0xFE]
    case .utf16BigEndian: [0xFE, 0xFF]
    case .windows1252: []
    }
  }

  package var isUTF16: Bool { self == .utf16LittleEndian || self == .utf16BigEndian }

  /// A text in it. What it has no letter for becomes a question mark.
  package func bytes(_ text: String) -> [UInt8] {
    switch self {
    case .utf8: Array(text.utf8)
    case .utf16LittleEndian: text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    case .utf16BigEndian: text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    case .windows1252: text.unicodeScalars.map { Windows1252.byte(for: $0) ?? UInt8(ascii: "?") }
    }
  }
}

/// Makes UTF-8 of UTF-16 that comes in pieces. Half a character becomes a byte that no UTF-8 has, so that whoever checks what
/// comes out finds the place.
package struct UTF16Reader: Sendable {
  private let isLittleEndian: Bool
  private var odd: UInt8?
  private var high: UInt16?
  private var isBegun = false

  package init(isLittleEndian: Bool) { self.isLittleEndian = isLittleEndian }

  /// What stands for half a character.
  private static let broken: UInt8 = 0xFF

  package mutating func feed(_ chunk: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for byte in chunk {
      guard let first = odd else {
        odd = byte
        continue
      }
      odd = nil
      take(isLittleEndian ? UInt16(byte) << 8 | UInt16(first) : UInt16(first) << 8 | UInt16(byte), &text)
    }
    return text
  }

  /// Takes the end of the text.
  package mutating func finish() -> [UInt8] {
    defer { (odd, high) = (nil, nil) }
    return (high == nil ? [] : [Self.broken]) + (odd == nil ? [] : [Self.broken])
  }

  private mutating func take(_ unit: UInt16, _ text: inout [UInt8]) {
    defer { isBegun = true }
    // The byte-order mark is no letter.
    if !isBegun, unit == 0xFEFF { return }
    if let first = high {
      high = nil
      if (0xDC00...0xDFFF).contains(unit),
        let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(unit - 0xDC00))
      {
        text += String(Character(scalar)).utf8
        return
      }
      text.append(Self.broken)
    }
    if (0xD800...0xDBFF).contains(unit) {
      high = unit
    } else if unit < 0x80 {
      text.append(UInt8(unit))
    } else if let scalar = Unicode.Scalar(unit) {
      text += String(Character(scalar)).utf8
    } else {
      text.append(Self.broken)
    }
  }
}
