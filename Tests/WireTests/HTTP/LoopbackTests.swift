import Testing

@testable import Wire

/// Which hosts are this machine, where plain http and plain text will do.
struct LoopbackTests {
  @Test(
    "whatever another resolver may take for another machine is not this one",
    arguments: [
      "", " ", "127.0.0.2", "127.1", "127.0.0.01", "0127.0.0.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "::", "[::]",
      "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "::1%lo", "[[::1]]", "[::1", "::1]", "[127.0.0.1]", "[localhost]",
      "LOCALHOST", "localhost.", ".localhost", "localhost.example", "127.0.0.1.example", "127.0.0.1:80", "127.0.0.1 ",
      "127.0.0.1\n", "127.0.0.1\0", "127。0.0.1", "①27.0.0.1", "１27.0.0.1", "ⅼocalhost", "localhost\u{301}",
      "user@localhost",
    ])
  func strangers(_ host: String) { #expect(!Loopback.isName(host)) }

  @Test("the three names are this machine, the address of IPv6 in brackets too")
  func names() {
    for host in ["127.0.0.1", "localhost", "::1", "[::1]"] { #expect(Loopback.isName(host), "\(host)") }
    #expect(Loopback.names.allSatisfy { Loopback.isName($0) })
    #expect(Loopback.isName(Substring("http://localhost").dropFirst(7)))
  }

  @Test(
    "an address is this machine's own by its first byte in IPv4, and by all of them in IPv6",
    arguments: [
      ([127, 0, 0, 1], true), ([127, 0, 0, 0], true), ([127, 255, 255, 255], true), ([126, 255, 255, 255], false),
      ([128, 0, 0, 1], false), ([0, 0, 0, 0], false), ([1, 0, 0, 127], false), ([192, 0, 2, 127], false),
    ] as [([UInt8], Bool)])
  func addressOfIPv4(_ bytes: [UInt8], isOwn: Bool) {
    #expect(Loopback.isAddress(bytes) == isOwn)
    #expect(!Loopback.isAddress([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes), "in the form of IPv6")
  }

  @Test("of IPv6 one address is this machine's own, and what differs from it in any byte is another's")
  func addressOfIPv6() {
    let own = [UInt8](repeating: 0, count: 15) + [1]
    #expect(Loopback.isAddress(own))
    for index in own.indices {
      var other = own
      other[index] ^= 0x80
      #expect(!Loopback.isAddress(other), "\(index)")
    }
    #expect(!Loopback.isAddress([UInt8](repeating: 0, count: 16)))
  }

  @Test("what has not the length of an address is none")
  func lengths() {
    for count in 0...20 where count != 4 {
      #expect(!Loopback.isAddress([UInt8](repeating: 127, count: count)), "\(count)")
      if count != 16, count > 0 {
        #expect(!Loopback.isAddress([UInt8](repeating: 0, count: count - 1) + [1]), "\(count)")
      }
    }
  }

  @Test(
    "a server for this machine alone listens on any of its own addresses, and on no name but localhost",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("127.8.8.8", "127.8.8.8"), ("::1", "::1"), ("localhost", "127.0.0.1"),
      ("0.0.0.0", nil),
      ("::", nil), ("128.0.0.1", nil), ("::ffff:127.0.0.1", nil), ("::1%lo", nil), ("[::1]", nil), ("LOCALHOST", nil),
      ("127.0.0.1\0", nil), ("127.1", nil), ("example.org", nil), ("", nil),
    ] as [(String, String?)])
  func listening(_ host: String, address: String?) { #expect(Loopback.address(toListenOn: host) == address) }

  @Test("a request for this machine names one of them, with the port")
  func authorities() {
    #expect(Loopback.authorities(port: 8081) == ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"])
  }
}
