/// An absolute address, cut into its parts as it is spelt and not judged further (RFC 3986 section 3).
///
/// Every address is read here: two readers that cut it at different places would check one host and send a secret to
/// another.
package struct AbsoluteURI: Sendable {
  package let scheme: Substring
  /// What stands between `://` and the path: a host, and a port where one is given.
  package let authority: Substring
  /// Path, query and fragment.
  package let rest: Substring
  /// Where the colon before a port is.
  private let colon: String.Index?

  /// Nil for what does not begin with a scheme and `://`, and where anything does not belong into an address.
  package init?(_ text: String) {
    guard text.utf8.allSatisfy(\.isPlainInAddress), let mark = text.firstRange(of: "://") else { return nil }
    scheme = text[..<mark.lowerBound]
    // RFC 3986 section 3.1.
    guard let first = scheme.utf8.first, first.isASCIILetter,
      scheme.utf8.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0) })
    else { return nil }
    let after = text[mark.upperBound...]
    let end = after.firstIndex { "/?#".contains($0) } ?? after.endIndex
    let authority = after[..<end]
    self.authority = authority
    rest = after[end...]
    // An address of IPv6 has its colons in brackets.
    colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
  }

  /// As it is spelt: an address of IPv6 in its brackets.
  package var host: Substring { colon.map { authority[..<$0] } ?? authority }

  package var hasPort: Bool { colon != nil }

  /// A number from 1 to 65535 in its one spelling; nil where none is given, and for what is none.
  package var port: Int? {
    guard let text = colon.map({ authority[$0...].dropFirst() }) else { return nil }
    guard let number = UInt16(digits: text), number > 0, String(number) == text else { return nil }
    return Int(number)
  }

  /// Whether what stands for a port is one, or there is none.
  package var isPortFine: Bool { !hasPort || port != nil }
}
