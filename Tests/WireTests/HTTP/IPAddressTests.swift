import Testing

@testable import Wire

/// One address is one value, however it is written.
struct IPAddressTests {
  @Test(
    "one address in two spellings is one value",
    arguments: [
      ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1"), ("::1", "0:0:0:0:0:0:0:1"), ("::ffff:192.0.2.1", "192.0.2.1"),
      ("0:0:0:0:0:FFFF:c000:0201", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"),
    ])
  func oneValue(_ first: String, _ second: String) throws {
    let (one, other) = (try #require(IPAddress(first)), try #require(IPAddress(second)))
    #expect(one == other)
  }

  @Test(
    "an address has one text, however it was written, which is read as the same address",
    arguments: [
      ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("0:0:0:0:0:0:0:1", "::1"), ("::", "::"), ("1::", "1::"),
      ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("192.0.2.1", "192.0.2.1"),
      ("fe80::A%eth0", "fe80::a"),
      ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
    ])
  func oneText(_ written: String, _ text: String) throws {
    let address = try #require(IPAddress(written))
    #expect(address.text == text)
    #expect(IPAddress(text) == address)
  }

  @Test(
    "what is no address is none",
    arguments: [
      "", " ", "localhost", "127.1", "127.0.0.01", "256.0.0.1", "1.2.3", "1.2.3.4.5", "1.2.3.4:80", ":", "1::2::3",
      "[::1]",
      "::1 ", "::ffff:1.2.3", "12345::", "operator",
    ])
  func none(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test("four bytes or sixteen are an address, and no other number of them")
  func lengths() {
    for count in 0...20 {
      #expect((IPAddress(bytes: [UInt8](repeating: 7, count: count)) != nil) == [4, 16].contains(count), "\(count)")
    }
  }

  @Test("whoever has an address of IPv6 has its network of 64 bits, and of IPv4 that address alone")
  func networks() throws {
    func network(_ text: String) throws -> [UInt8] { try #require(IPAddress(text)).network }
    #expect(try network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9"))
    #expect(try network("2001:db8:1:2::1") != network("2001:db8:1:3::1"))
    #expect(try network("192.0.2.1") == [192, 0, 2, 1])
    #expect(try network("::fffe:192.0.2.1") == [0, 0, 0, 0, 0, 0, 0, 0], "no address of IPv4")
  }
}
