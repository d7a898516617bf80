import Testing

@testable import Wire

/// Whether two secrets are the same.
struct ConstantTimeTests {
  @Test("every byte counts, and so does the length")
  func bytes() {
    let secret = (0..<32).map { UInt8($0) &* 37 }
    for index in secret.indices {
      for bit in 0..<8 {
        var other = secret
        other[index] ^= 1 << UInt8(bit)
        #expect(!constantTimeEqual(secret, other), "byte \(index), bit \(bit)")
      }
    }
    #expect(!constantTimeEqual(secret, []) && !constantTimeEqual(secret, Array(secret.dropLast())))
    #expect(!constantTimeEqual(secret, secret + [0]))
    #expect(constantTimeEqual(secret, secret) && constantTimeEqual([], []))
  }
}
