extension [UInt8] {
  /// Two lower-case digits for each byte.
  package var hex: String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * count)
    for byte in self {
      text.append(byte.highDigit.lowercased)
      text.append(byte.lowDigit.lowercased)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil unless the text is what ``hex`` writes.
  package init?(hex text: some StringProtocol) {
    let digits = text.utf8.map { $0.lowercased == $0 ? $0.hexDigit : nil }
    let values = digits.compactMap(\.self)
    guard values.count == digits.count, values.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
  }
}

extension UInt8 {
  /// What it stands for as a hexadecimal digit of either case.
  @inlinable package var hexDigit: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// The byte as an escape of RFC 3986 section 2.1 or RFC 2045 section 6.7 spells it: a mark, and two digits in capitals.
  package func escaped(after mark: UInt8) -> [UInt8] { [mark, highDigit, lowDigit] }

  /// In capitals.
  fileprivate var highDigit: UInt8 { Self.digits[Int(self >> 4)] }
  fileprivate var lowDigit: UInt8 { Self.digits[Int(self & 15)] }
  private static let digits = Array("0123456789ABCDEF".utf8)
}
