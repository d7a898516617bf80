import Testing

@testable import Wire

/// Where an address is cut: what one reader takes for the host must be what the next one connects to.
struct AbsoluteURITests {
  @Test(
    "what two readers could cut at different places is no address",
    arguments: [
      "", "/x", "//a.example/x", "a.example", "https:/a.example", "https:a.example", "://a.example", "1s://a.example",
      "ht tp://a.example", "/x?y=https://a.example", "x#https://a.example", "https://a.example\\@evil.example/",
      "https:\\\\a.example", "https://a.example/a\\b", "https://a.example/ b", "https://a.example/\tb",
      "https://a.example/\r\nHost: evil.example", "https://a.example/\0", "https://a.example/é", "https://ä.example/",
      "https://a。example/", "https://a.example/\u{7F}", " https://a.example/", "https://a.example/ ",
    ])
  func ambiguous(_ text: String) { #expect(AbsoluteURI(text) == nil) }

  @Test("an address is cut as it is spelt, and a colon in brackets is no port's")
  func parts() throws {
    for (text, scheme, host, port, rest) in [
      ("https://a.example", "https", "a.example", nil, ""),
      ("HTTPS://A.example:8443/B?c=d#e", "HTTPS", "A.example", 8443, "/B?c=d#e"),
      ("http://[::1]/x", "http", "[::1]", nil, "/x"), ("http://[::1]:80?x=1", "http", "[::1]", 80, "?x=1"),
      ("custom+x://h#f", "custom+x", "h", nil, "#f"), ("https:///x", "https", "", nil, "/x"),
      ("https://u@a.example/", "https", "u@a.example", nil, "/"), ("https://a:1:2/", "https", "a:1", 2, "/"),
      ("https://a.example/x://y", "https", "a.example", nil, "/x://y"), ("https://a?://b", "https", "a", nil, "?://b"),
    ] as [(String, String, String, Int?, String)] {
      let uri = try #require(AbsoluteURI(text), "\(text)")
      #expect(uri.scheme == scheme && uri.host == host && uri.port == port && uri.rest == rest, "\(text): \(uri)")
      #expect(uri.isPortFine && uri.hasPort == (port != nil), "\(text)")
    }
  }

  @Test(
    "a port has one spelling",
    arguments: [":", ":0", ":080", ":+80", ":-80", ":65536", ":99999999999999999999", ":8x", ":0x50", ":80@b", ":8.0"])
  func ports(_ port: String) throws {
    let uri = try #require(AbsoluteURI("https://a.example\(port)/"))
    #expect(uri.hasPort && uri.port == nil && !uri.isPortFine)
  }
}

/// Which servers are spoken to at all.
struct OriginTests {
  @Test(
    "a secret goes to no address that could be another host's, nor in the clear beyond this machine",
    arguments: [
      "http://a.example", "http://127.0.0.2", "http://127.0.0.1.example", "http://localhost.example",
      "http://LOCALHOST",
      "http://[127.0.0.1]", "https://[a.example]", "https://[::1", "https://::1", "https://[::1]x", "https://[]",
      "https://[",
      "https://]", "https://[:443", "https://[::1%25lo]", "https://[1:2]", "https://u@a.example",
      "https://u:p@a.example",
      "https://a.example@evil.example", "https://a_b.example", "https://a%2Eexample", "https://a,b", "https://a:1:2",
      "https://a.example:", "https://a.example:0", "https://a.example:080", "https://a.example:65536", "https://",
      "https://:443", "https:///x", "HTTPS://a.example", "ftp://a.example", "wss://a.example", "file:///etc/passwd",
    ])
  func refused(_ text: String) {
    #expect(Origin(text) == nil)
    #expect(Origin(of: text + "/x?y#z") == nil)
    #expect(OutboundURL(text + "/x") == nil)
  }

  @Test("an origin is spelt in one way, with its port where that is not the usual one")
  func spelling() throws {
    for (text, spelt) in [
      ("https://a.example", "https://a.example"), ("https://a.example:443", "https://a.example"),
      ("https://a.example:8443", "https://a.example:8443"), ("http://127.0.0.1:80", "http://127.0.0.1"),
      ("http://localhost:8080", "http://localhost:8080"), ("http://[::1]:8080", "http://[::1]:8080"),
      ("https://[2001:db8::1]", "https://[2001:db8::1]"),
      ("https://[::ffff:192.0.2.1]:1", "https://[::ffff:192.0.2.1]:1"),
    ] {
      let origin = try #require(Origin(text), "\(text)")
      #expect(origin.description == spelt)
      #expect(Origin(spelt) == origin)
      #expect(Origin(of: text + "/x?y=http://b.example#z") == origin)
      #expect(origin.isLoopback == (text.hasPrefix("http://")))
    }
  }

  @Test("an origin alone has nothing behind it; of an address it is the beginning")
  func beginnings() {
    for rest in ["/", "/x", "?x", "#x"] {
      #expect(Origin("https://a.example" + rest) == nil, "\(rest)")
      #expect(Origin(of: "https://a.example" + rest) == Origin("https://a.example"), "\(rest)")
    }
  }
}
