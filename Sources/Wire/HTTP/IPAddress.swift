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

  /// The part that one household or server has for itself: all of an address of IPv4, and of IPv6 the 64 bits of the network.
  package var network: [UInt8] { bytes.count == 4 ? bytes : Array(bytes.prefix(8)) }
}
