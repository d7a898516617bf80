import TestKit
import Wire

let seeds = Array(UInt64(1)...200)

/// What a text is made of.
private let letters = Array("abcXYZ 0123'\"\\,;é ß Ł你好🙂\u{301}-_/")

extension SeededGenerator {
  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...(elements.count - 1))] }

  mutating func text() -> String {
    "a" + String((1..<max(2, number(1...10))).map { _ in pick(letters) })
  }

  mutating func json(depth: Int) -> JSON {
    switch number(0...(depth > 0 ? 7 : 5)) {
    case 0: .null
    case 1: .bool(number(1...100) <= 50)
    case 2: .integer(Int64(bitPattern: next()))
    case 3: .number(Double(number(-1000...1000)) / 8 + 0.0625)
    case 4: .string(text() + pick(["", "\n", "\u{1}", "\u{1F}\t"]))
    case 5: .integer(Int64(number(-5...5)))
    case 6: .array((0..<number(0...4)).map { _ in json(depth: depth - 1) })
    default:
      .object(Dictionary((0..<number(0...4)).map { _ in (text(), json(depth: depth - 1)) }) { first, _ in first })
    }
  }
}
