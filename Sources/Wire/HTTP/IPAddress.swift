import Foundation

/// An IP address in its bytes, so that one address is one value however it is written.
package struct IPAddress: Sendable, Hashable {
  /// Four bytes of IPv4 or sixteen of IPv6, in network order.
  package let bytes: [UInt8]

  /// - Parameter bytes: four or sixteen, in network order. An address of IPv4 in the form that a socket of IPv6 gives it,
  ///   `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2), is that address of IPv4.
  package init?(bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let isMapped =
      bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 0xFF }
    self.bytes = isMapped ? Array(bytes[12...]) : bytes
  }

  /// Nil for what is no address. A zone, as in `fe80::1%eth0`, is left out.
  package init?(_ text: some StringProtocol) {
    let plain = String(text.prefix { $0 != "%" })
    var four = in_addr(), sixteen = in6_addr()
    if inet_pton(AF_INET, plain, &four) == 1 {
      self.init(bytes: withUnsafeBytes(of: four, Array.init))
    } else if inet_pton(AF_INET6, plain, &sixteen) == 1 {
      self.init(bytes: withUnsafeBytes(of: sixteen, Array.init))
    } else {
      return nil
    }
  }

  /// The one way to write it: digits of IPv4, or of IPv6 in lower case without the first of its longest rows of zeros (RFC 5952
  /// section 4).
  package var text: String {
    if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
    let groups = stride(from: 0, to: bytes.count, by: 2).map { (Int(bytes[$0]) << 8) + Int(bytes[$0 + 1]) }
    var zeros = 0..<0, start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 {
        start = index + 1
      } else if index + 1 - start > zeros.count {
        zeros = start..<(index + 1)
      }
    }
    func joined(_ groups: ArraySlice<Int>) -> String { groups.map { String($0, radix: 16) }.joined(separator: ":") }
    guard zeros.count > 1 else { return joined(groups[...]) }
    return joined(groups[..<zeros.lowerBound]) + "::" + joined(groups[zeros.upperBound...])
  }

  /// The part that one household or server has for itself: all of an address of IPv4, and of IPv6 the 64 bits of the network.
  package var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }
}
