extension IPAddress {
  /// Whether an address can be anybody's on the Internet: none of this machine, of a private or shared network, of a link, of a
  /// group, of a document, nor one that stands for another address (the special-purpose registries of RFC 6890).
  package var isPublic: Bool {
    if bytes.count == 4 { return !Self.special.contains { contains($0, $1) } }
    // Global unicast alone (RFC 4291 section 2.4).
    return contains([0x20], 3) && !Self.specialOfIPv6.contains { contains($0, $1) }
  }

  private static let special: [([UInt8], Int)] = [
    ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
    ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
    ([203, 0, 113], 24), ([224], 4), ([240], 4),
  ]

  private static let specialOfIPv6: [([UInt8], Int)] = [
    // Protocols of the network itself, among them Teredo, and 6to4: both hold an address of IPv4.
    ([0x20, 0x01, 0x00], 23), ([0x20, 0x02], 16), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x3F, 0xFF, 0x00], 20),
  ]

  /// Whether the address begins with so many bits.
  private func contains(_ prefix: [UInt8], _ bits: Int) -> Bool {
    for bit in 0..<bits {
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
      if bytes[bit / 8] & mask != wanted & mask { return false }
    }
    return true
  }
}
