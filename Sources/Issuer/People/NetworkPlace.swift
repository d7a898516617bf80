import Foundation

/// Where a request comes from, as attempts are counted: an address of IPv4, or the network of 64 bits that one household or
/// server has of IPv6.
struct NetworkPlace: Sendable, Hashable {
  let text: String

  init(_ address: String) {
    let plain = String(address.prefix { $0 != "%" })
    var parsed = in6_addr()
    guard inet_pton(AF_INET6, plain, &parsed) == 1 else {
      text = String(plain.prefix(64))
      return
    }
    let bytes = withUnsafeBytes(of: parsed, Array.init)
    // What a socket of IPv6 calls an address of IPv4.
    let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 0xFF }
    text = isMapped ? bytes[12...].map(String.init).joined(separator: ".") : Array(bytes.prefix(8)).hex + "/64"
  }
}
