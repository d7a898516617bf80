import Foundation
import Testing

/// The search itself: it must find what is there, or finding nothing would say nothing.
@Suite("search for secrets") struct SecretSearchTests {
  private static let secret = "evr_9aZ/+ =ü&0123456789abcdefXYZ"
  private let search = SecretSearch([("planted", secret)])

  private static func planted(_ text: String) -> Data {
    let noise = (0..<997).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    return Data(noise + Array(text.utf8) + noise)
  }

  @Test(
    "each encoding is found in the midst of other bytes",
    arguments: [
      secret, "evr_9aZ%2F%2B%20%3D%C3%BC%260123456789abcdefXYZ", "evr_9aZ%2f%2b%20%3d%c3%bc%260123456789abcdefXYZ",
      "evr_9aZ%2F%2B+%3D%C3%BC%260123456789abcdefXYZ",
      secret.utf8.map { String(format: "%%%02X", $0) }.joined(),
      secret.utf8.map { String(format: "%%%02x", $0) }.joined(),
      secret.utf8.map { String(format: "%02x", $0) }.joined(), secret.utf8.map { String(format: "%02X", $0) }.joined(),
    ])
  func encodings(_ text: String) {
    #expect(!search.findings(in: Self.planted(text), of: "a file").isEmpty)
  }

  @Test("base64 is found at each alignment and in both alphabets", arguments: 0..<3, [false, true])
  func base64(_ before: Int, _ isURLSafe: Bool) {
    let start = String(repeating: " ", count: before)
    var text = Data("\(start){\"token\":\"\(Self.secret)\"}".utf8).base64EncodedString()
    if isURLSafe { text = text.replacing("+", with: "-").replacing("/", with: "_") }
    #expect(!search.findings(in: Self.planted(text), of: "a file").isEmpty)
  }

  @Test("what is not there is not found")
  func nothing() {
    #expect(search.findings(in: Self.planted(String(Self.secret.dropLast())), of: "a file").isEmpty)
    #expect(search.findings(in: Data(), of: "an empty file").isEmpty)
  }

  @Test("an unknown credential is found by its form")
  func form() {
    let digits = "0123456789abcdefXYZ"
    #expect(!SecretSearch.credentials(in: Self.planted("evk_\(digits)a"), of: "a file").isEmpty)
    #expect(SecretSearch.credentials(in: Self.planted("evk_\(digits)"), of: "a file").isEmpty)
    #expect(SecretSearch.credentials(in: Self.planted("evx_\(digits)abc"), of: "a file").isEmpty)
  }
}
