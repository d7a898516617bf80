import Testing

@testable import OAuth

struct RedirectURITests {
  @Test(
    "what may not be registered is refused with its reason",
    arguments: [
      "http://app.example/cb", "javascript:alert(1)", "data:text/html,x", "https://app.example/cb#x",
      "https://user@app.example/cb",
      "https://user:pw@app.example/", "/cb", "", "https://", "custom:/cb",
      "https://a.example/x\nhttps://evil.example/cb", "https://a.example/é", "https://a.example/a b",
      "http://127.0.0.1.app.example/cb",
      "http://10.0.0.1/", "http://127.0.0.1:99999/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:080/cb",
      "https://app.example:0/cb", "HTTPS://app.example/cb", "https://app.example\\@evil.example/cb",
      "https://app.example/a\\b",
      "https://a_b.example/cb", "https://[app.example]/cb", "https://[::1/cb", "https://::1/cb",
      "https://app.example,x/cb",
      "http://LOCALHOST/cb", "http://[localhost]/cb", "http://0.0.0.0/cb", "http://[::ffff:127.0.0.1]/cb",
    ])
  func refused(_ text: String) { #expect(throws: RedirectURI.Refusal.self) { try RedirectURI(registering: text) } }

  @Test("a registered address is met byte for byte")
  func exact() throws {
    let uri = try RedirectURI(registering: "https://app.example/cb?x=1")
    #expect(uri.allows("https://app.example/cb?x=1"))
    for other in [
      "https://app.example/cb", "https://app.example/cb?x=1&y=2", "https://app.example/cb?x=1/",
      "https://APP.example/cb?x=1",
      "https://app.example:443/cb?x=1", "https://app.example/%63b?x=1", "https://app.example/cb?x=1#f",
    ] { #expect(!uri.allows(other), "\(other)") }
  }

  @Test("of a loopback address the port alone is free")
  func loopback() throws {
    let uri = try RedirectURI(registering: "http://127.0.0.1/callback")
    for port in [1, 80, 8080, 51_000, 65_535] { #expect(uri.allows("http://127.0.0.1:\(port)/callback")) }
    let six = try RedirectURI(registering: "http://[::1]:8080/callback?x=1")
    #expect(six.allows("http://[::1]:51000/callback?x=1") && six.allows("http://[::1]/callback?x=1"))
    #expect(!six.allows("http://[::2]:51000/callback?x=1"))
    for other in [
      "http://127.0.0.1:51000/other", "http://localhost:51000/callback", "https://127.0.0.1:51000/callback",
      "http://127.0.0.1:51000/callback?x=1", "http://a@127.0.0.1:51000/callback", "http://127.0.0.2/callback",
      "http://127.0.0.1:99999/callback", "http://127.0.0.1:65536/callback", "http://127.0.0.1:0/callback",
      "http://127.0.0.1:/callback", "http://127.0.0.1:080/callback", "http://127.0.0.1:+80/callback",
      "http://127.0.0.1:-1/callback", "http://127.0.0.1:8080:8080/callback", "http://127.0.0.1:８０/callback",
      "http://127.0.0.1:80@evil.example/callback", "http://127.0.0.1:80", "http:/127.0.0.1:80/callback",
      "http://①27.0.0.1:5/callback", "http://127。0.0.1:5/callback",
    ] { #expect(!uri.allows(other), "\(other)") }
    let secure = try RedirectURI(registering: "https://127.0.0.1/callback")
    #expect(!secure.allows("https://127.0.0.1:8443/callback"))
  }
}
