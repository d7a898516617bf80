/// This machine by the names and the addresses that it has for itself. Nothing that is sent to one of them leaves it, so that
/// plain http and plain text will do.
package enum Loopback {
  package static let names = ["127.0.0.1", "localhost", "::1"]

  /// Whether a host is this machine, an address of IPv6 with its brackets or without. Any other spelling is none: whoever
  /// resolves it may find another machine.
  package static func isName(_ host: some StringProtocol) -> Bool {
    names.contains { host.utf8.elementsEqual($0.utf8) } || host.utf8.elementsEqual("[::1]".utf8)
  }

  /// Whether an address is this machine's own: one of 127.0.0.0/8 (RFC 1122 section 3.2.1.3) or `::1` (RFC 4291 section 2.5.3).
  /// An address of IPv4 in the form that a socket of IPv6 gives it is none.
  ///
  /// - Parameter bytes: the address in network order, four bytes or sixteen; any other number of them is no address.
  package static func isAddress(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
    switch bytes.count {
    case 4: bytes.first == 127
    case 16: bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    default: false
    }
  }

  /// The address on which a server listens for this machine alone: one that ``isAddress(_:)`` knows, or `localhost` for
  /// 127.0.0.1. Nil for any other, for a name, and for an address with a zone.
  package static func address(toListenOn host: String) -> String? {
    let text = host == "localhost" ? "127.0.0.1" : host
    guard text.utf8.allSatisfy({ $0.hexDigit != nil || ".:".utf8.contains($0) }),
      let address = IPAddress(text), isAddress(address.bytes)
    else { return nil }
    let isOfIPv4InIPv6 = address.bytes.count == 4 && text.contains(":")
    return isOfIPv4InIPv6 ? nil : text
  }

  /// What may stand in `Host` where this machine is asked on a port.
  package static func authorities(port: Int) -> Set<String> {
    Set(names.map { Origin.authority(host: $0, port: port) })
  }
}
