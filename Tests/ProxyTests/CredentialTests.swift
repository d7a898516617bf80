import Foundation
import Keeper
import NIOCore
import OAuth
import Testing
import Wire

@testable import Proxy

/// A job's key stays with the keeper, wherever the job puts it.
@Suite(.timeLimit(.minutes(10))) struct CredentialTests {
  private static let key = Credential.apiKey.spell((0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }).exposed
  private static let another = Credential.apiKey.spell((0..<32).map { UInt8(truncatingIfNeeded: $0 * 91 + 5) }).exposed
  private static var bare: Substring { key.dropFirst(4) }
  private static func escaped(_ text: some StringProtocol) -> String {
    text.utf8.map { "%" + String(Int($0) + 256, radix: 16).dropFirst() }.joined()
  }
  private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

  static let targets: [String] = [
    "/contacts?q=a,\(key)", "/contacts?q=\(another)", "/contacts/\(key)", "/x/\(escaped(key))", "/contacts?\(bare)=1",
    "/contacts?q=\(escaped("evk_"))\(bare)", "/contacts?q=\(escaped(escaped(key)))", "/contacts?q=x%65vk%5F\(bare)",
    "/contacts?q=ev%256b_\(bare)", "/contacts?q=\(base64(key))", "/contacts?q=\(base64("x:" + key))",
    "/contacts?q=%zz\(escaped(key))", "/contacts?q=\(escaped(base64("ab:" + key)))", "/x;k=\(key)/y",
  ]

  static let fields: [String] = [
    "User-Agent: job/1 (\(key))", "X-Request-ID: \(key)", "Idempotency-Key: a-\(another)", "If-Match: \"\(bare)\"",
    "Accept: text/html;q=\(escaped(key))", "Prefer: Basic \(base64("job:" + key))",
    "Content-Type: x/\(base64("user:" + key).replacing("+", with: "-").replacing("/", with: "_"))",
  ]

  private func world(_ body: (ProxyWorld) async throws -> Void) async throws {
    try await ProxyWorld.run { world in
      world.gateway.change { $0.keys[Self.key] = $0.keys[ProxyWorld.key] }
      try await body(world)
    }
  }

  @Test("K22: a key in the address is refused, in whatever place and encoding", arguments: targets)
  func address(target: String) async throws {
    try await world { world in
      let answer = try await world.call(request("GET", "/via/shop" + target, key: Self.key))
      #expect(answer.status == 400 && answer.body.contains("credential_in_request"))
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("K22: so is one in a field that goes on", arguments: fields)
  func field(line: String) async throws {
    try await world { world in
      let answer = try await world.call(request("GET", key: Self.key, fields: [line]))
      #expect(answer.status == 400 && answer.body.contains("credential_in_request"))
      #expect(world.upstream.seen.isEmpty)
    }
  }

  @Test("what only looks a little like a key goes on, and a field that stays here may hold one")
  func others() async throws {
    try await world { world in
      let fields = ["X-Keap-API-Key: \(Self.key)", "Cookie: k=\(Self.key)", "User-Agent: evk/1.0 ZXZr V2a1 ldmt 100%"]
      let answer = try await world.call(
        request("GET", "/via/shop/contacts?q=evk%20_+ev%6b&b=ZXZr&c=%", key: Self.key, fields: fields))
      #expect(answer.status == 200)
      #expect(!"\(world.upstream.seen)".contains(Self.bare))
    }
  }

  @Test("K22: a key in base64 is found wherever it falls in a group, whatever stands around it")
  func alignments() {
    let scan = CredentialScan(Secret(Self.another))
    for length in 0...40 {
      let before = String(decoding: (0..<length).map { UInt8(33 + $0 * 7 % 90) }, as: UTF8.self)
      let text = Self.base64(before + Self.key)
      #expect(scan.finds(in: text[...], ByteBuffer()))
      #expect(!scan.finds(in: Self.base64(before + "evk:" + Self.bare)[...], ByteBuffer()))
    }
  }

  @Test("K22: what stands behind the end of a text counts for nothing in it", arguments: ["ZXZrXw", "GV2a18"])
  func pastTheEnd(text: String) {
    let scan = CredentialScan(Secret(Self.another))
    #expect(scan.finds(in: text[...], ByteBuffer()))
    #expect(!scan.finds(in: text.dropLast(), ByteBuffer()))
    var lines = ByteBuffer(string: text)
    #expect(scan.finds(in: "/", lines))
    lines.moveWriterIndex(to: lines.writerIndex - 1)
    #expect(!scan.finds(in: "/", lines))
  }
}
