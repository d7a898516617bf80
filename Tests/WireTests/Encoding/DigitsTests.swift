import Testing

@testable import Wire

/// What is a number on the wire.
struct DigitsTests {
  @Test(
    "what another reader could take for another number is none",
    arguments: [
      "", " ", "+1", "-1", "1 ", " 1", "1,1", "1.0", "0x1", "1e3", "1_0", "٢", "２", "²", "1\u{301}", "1\u{20E3}",
      "99999999999999999999",
    ])
  func refused(_ text: String) { #expect(Int(digits: text) == nil) }

  @Test("digits are read, and written as wide as asked")
  func accepted() {
    #expect(Int(digits: "0") == 0 && Int(digits: "007") == 7 && Int64(digits: "9223372036854775807") == .max)
    #expect(UInt16(digits: "65535") == .max && UInt16(digits: "65536") == nil)
    #expect(7.digits(2) == "07" && 123.digits(2) == "123")
    #expect(0.counted("call") == "0 calls" && 1.counted("call") == "1 call" && Int64(2).counted("day") == "2 days")
  }

  @Test(
    "a digit with something put upon it is none",
    arguments: ["1\u{301}", "1\u{20E3}", "٢", "２", "²", "½", "a", " "] as [Character])
  func marked(_ character: Character) { #expect(!character.isASCIIDigit) }
}
