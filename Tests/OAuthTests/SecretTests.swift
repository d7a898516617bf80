import TestKit
import Testing
import Wire

@testable import OAuth

struct SecretTests {
  @Test("a secret shows itself in no way that Swift can print it")
  func printing() {
    let secret = Secret("pa55-in-the-clear")
    struct Holder { var token: Secret }
    var dumped = ""
    dump(Holder(token: secret), to: &dumped)
    dump([secret], to: &dumped)
    for text in [
      "\(secret)", String(describing: secret), String(reflecting: secret), "\(Holder(token: secret))",
      String(reflecting: Holder(token: secret)), "\([secret])", "\(Optional(secret) as Any)", "\(["a": secret])",
      dumped,
    ] {
      #expect(!text.contains("pa55"), "\(text)")
      #expect(text.contains("‹secret›"))
    }
  }

  @Test("a secret that would break out of a header field does not go into one")
  func fields() {
    for text in ["", " ", "a b", "a\r\nX: y", "a\n", "a\0", "é", "a\u{7F}"] {
      #expect(!Secret(text).isFitForField, "\(text.debugDescription)")
    }
    #expect(Secret("evk_0-._~+/=").isFitForField)
  }

  @Test("a new secret has 256 random bits, and what it proves of one purpose is no proof of another")
  func proofs() {
    let all = (0..<100).map { _ in Secret(.system) }
    #expect(Set(all).count == 100 && all.allSatisfy { Base64URL.decode($0.exposed)?.count == 32 })
    let one = all[0], other = all[1]
    #expect(one.proof(of: "form") == one.proof(of: "form"))
    #expect(one.proof(of: "form") != one.proof(of: "notice") && one.proof(of: "form") != other.proof(of: "form"))
    #expect(!one.proof(of: "form").exposed.contains(one.exposed))
    #expect(Credential.session.bytes(of: Credential.session.draw(.system).exposed)?.count == 32)
  }

  @Test("a credential has one spelling, and any other is refused", arguments: 0..<100)
  func spelling(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let bytes = (0..<Int.random(in: 1...100, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let text = Credential.apiKey.spell(bytes).exposed
    #expect(Credential.apiKey.bytes(of: text) == bytes)
    #expect(Credential.accessToken.bytes(of: text) == nil)
    for _ in 0..<20 {
      var letters = Array(text)
      let index = Int.random(in: letters.indices, using: &random)
      let old = letters[index]
      letters[index] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-".randomElement(using: &random) ?? "-"
      guard letters[index] != old else { continue }
      #expect(Credential.apiKey.bytes(of: String(letters)) == nil)
    }
    for other in [text + "0", String(text.dropLast()), " " + text, text.uppercased() == text ? "" : text.uppercased()] {
      #expect(Credential.apiKey.bytes(of: other) == nil)
    }
  }

  @Test("the checksum is the CRC-32 that others compute")
  func checksum() {
    var sum = CRC32()
    sum.add("123456789".utf8)
    #expect(sum.bytes == [0xCB, 0xF4, 0x39, 0x26])
  }
}
