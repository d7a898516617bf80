import Foundation
import TestKit
import Testing
import Wire

@Suite struct JSONTests {
  @Test(arguments: seeds) func `what is written is read back, to the same bytes`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = random.json(depth: 5)
    let read = try JSON.parse(value.serialized())
    #expect(read == value)
    #expect(read.serialized() == value.serialized())
  }

  @Test(arguments: seeds) func `Foundation reads what is written, and writes what is read`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = JSON.array([random.json(depth: 4)])
    #expect(try JSONDecoder().decode(JSON.self, from: Data(value.serialized())) == value)
    #expect(try JSON.parse(JSONEncoder().encode(value)) == value)
  }

  @Test func `keys are sorted and slashes stay`() {
    let value: JSON = ["b": 1, "a": "x/y", "c": [true, .null, 1.5]]
    #expect(value.text == #"{"a":"x/y","b":1,"c":[true,null,1.5]}"#)
  }

  @Test func `keys are sorted by their bytes, also those of which Swift sorts neither before the other`() {
    #expect(!("\u{e9}d" < "e\u{301}") && !("e\u{301}" < "\u{e9}d"))
    for (composed, apart) in [
      ("\u{e9}", "e\u{301}"), ("\u{fc}", "u\u{308}"), ("\u{f1}", "n\u{303}"), ("\u{e5}", "a\u{30a}"),
    ] {
      #expect(JSON.object([composed + "d": 1, apart: 2]).text == "{\"\(apart)\":2,\"\(composed)d\":1}")
    }
  }

  @Test func `escapes are read`() throws {
    #expect(try JSON.parse(#""\u00e9\ud83d\ude42\n\/\"""#) == "é🙂\n/\"")
  }

  @Test func `whole numbers keep every digit`() throws {
    #expect(try JSON.parse("9223372036854775807") == .integer(.max))
    #expect(try JSON.parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try JSON.parse("2.0").integer == 2)
    #expect(try JSON.parse("2.5").integer == nil)
  }

  @Test(arguments: [
    ("", "the text is empty"), ("{", "expected a key in quotes"), ("[1,]", "no value begins with this"),
    ("[1 2]", "expected a comma or a closing bracket"), (#"{"a" 1}"#, "expected a colon"),
    (#"{"a":1,}"#, "expected a key in quotes"), ("01", "a number with a leading zero"), ("1.", "expected a digit"),
    ("1e999", "a number out of range"), ("tru", "no value begins with this"), ("1 1", "more text after the value"),
    ("\"a\nb\"", "a control character in a string"), (#""\ud800""#, "half of a character"),
    (#""\ud800A""#, "half of a character"), (#""\x""#, "an unknown escape"), ("\"a", "a string that never closes"),
    ("[1", "expected a comma or a closing bracket"), (#"{"a":"#, "the text ends too early"),
    ("<html>", "no value begins with this"),
    (#""\u00g0""#, "expected four hexadecimal digits"), (#""\u+123""#, "expected four hexadecimal digits"),
  ]) func `broken text is refused with its reason`(text: String, reason: String) {
    let fault = #expect(throws: JSONFault.self) { try JSON.parse(text) }
    #expect(fault?.reason == reason)
  }

  @Test func `a fault names the place and nothing of the text`() {
    let fault = #expect(throws: JSONFault.self) { try JSON.parse(#"{"access_token":"s3cret" x"#) }
    #expect(fault?.description == "not acceptable JSON: expected a comma or a closing brace at byte 25")
  }

  @Test func `broken UTF-8 is refused`() {
    #expect(throws: JSONFault.self) { try JSON.parse([0x22, 0xC3, 0x28, 0x22]) }
  }

  @Test func `deep nesting is refused and not a crash`() throws {
    let deep = String(repeating: "[", count: 100_000)
    let fault = #expect(throws: JSONFault.self) { try JSON.parse(deep) }
    #expect(fault?.reason == "nested deeper than 64")
    let fits = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(throws: Never.self) { try JSON.parse(fits) }
  }

  @Test func `a text longer than allowed is refused`() {
    #expect(throws: JSONFault.self) { try JSON.parse("[1,2,3]".utf8, maximumBytes: 6) }
    #expect(throws: Never.self) { try JSON.parse("[1,2,3]".utf8, maximumBytes: 7) }
  }

  @Test(arguments: seeds.prefix(50)) func `damaged text is refused or read, and never a crash`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<20 {
      var bytes = random.json(depth: 4).serialized()
      bytes[random.number(0...(bytes.count - 1))] = UInt8(truncatingIfNeeded: random.next())
      if let value = try? JSON.parse(bytes) { #expect((try? JSON.parse(value.serialized())) == value) }
      _ = try? JSON.parse(bytes.prefix(random.number(0...bytes.count)))
    }
  }

  @Test func `members are found only where they are`() {
    let value: JSON = ["a": [1, .null]]
    #expect(value["a"]?[1]?.isNull == true)
    #expect(value["a"]?[2] == nil)
    #expect(value["b"] == nil)
    #expect(value["a"]?["x"] == nil)
  }
}
