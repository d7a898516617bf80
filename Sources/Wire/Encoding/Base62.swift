/// Bytes as letters and digits that survive a URL, a form, a shell and a double click.
///
/// Eight bytes become eleven digits, so the width follows from the length, and each byte string has exactly one spelling.
package enum Base62 {
  private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 0xFF, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    return values
  }()
  /// The digits that so many bytes of a block need.
  private static let widths = [0, 2, 3, 5, 6, 7, 9, 10, 11]

  package static func width(ofBytes count: Int) -> Int { count / 8 * 11 + widths[count % 8] }

  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(width(ofBytes: bytes.count))
    for start in stride(from: 0, to: bytes.count, by: 8) {
      let block = bytes[start..<min(start + 8, bytes.count)]
      var number = block.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let end = text.count
      for _ in 0..<widths[block.count] {
        text.insert(digits[Int(number % 62)], at: end)
        number /= 62
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    let text = Array(text)
    guard let partial = widths.firstIndex(of: text.count % 11) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 11 * 8 + partial)
    for start in stride(from: 0, to: text.count, by: 11) {
      let block = text[start..<min(start + 11, text.count)]
      let count = block.count == 11 ? 8 : partial
      var number: UInt64 = 0
      for digit in block {
        let value = values[Int(digit)]
        let (product, overflow) = number.multipliedReportingOverflow(by: 62)
        let (sum, carry) = product.addingReportingOverflow(UInt64(value))
        guard value < 62, !overflow, !carry else { return nil }
        number = sum
      }
      guard count == 8 || number >> (8 * UInt64(count)) == 0 else { return nil }
      for shift in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(shift)))) }
    }
    return bytes
  }
}
