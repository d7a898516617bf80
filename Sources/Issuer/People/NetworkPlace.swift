import Wire

/// Where a request comes from, for counting attempts: an IPv4 address, or the IPv6 network of 64 bits that one household or
/// server has.
struct NetworkPlace: Sendable, Hashable {
  let text: String

  init(_ address: String) {
    guard let known = IPAddress(address) else {
      text = String(address.prefix(64))
      return
    }
    text = known.bytes.count == 4 ? known.text : known.network.hex + "/64"
  }
}
