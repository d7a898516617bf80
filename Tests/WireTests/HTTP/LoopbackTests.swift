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

  @Test("a request for this machine names one of them, with the port")
  func authorities() {
    #expect(Loopback.authorities(port: 8081) == ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"])
  }
}
