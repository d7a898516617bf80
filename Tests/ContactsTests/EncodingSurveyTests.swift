import TestKit
import Testing
import Wire

@testable import Contacts

/// What a file is taken for, by its bytes.
@Suite struct EncodingSurveyTests {
  private func finding(_ bytes: [UInt8], chunk: Int = .max, isWhole: Bool = true) -> EncodingSurvey.Finding {
    var survey = EncodingSurvey(), rest = bytes[...]
    while !rest.isEmpty {
      survey.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
    }
    return survey.finding(isWhole: isWhole)
  }

  private let text = "email,name\nann@example.org,Zoë\nbob@example.org,François €\n"

  @Test func `each encoding is recognised, with its mark and without`() {
    for encoding in TextEncoding.allCases {
      let bytes = encoding.bytes(text)
      for chunk in [1, 3, 1000] {
        #expect(finding(bytes, chunk: chunk).encoding == encoding, "\(encoding)")
        #expect(finding(encoding.mark + bytes, chunk: chunk).encoding == encoding, "\(encoding) with its mark")
      }
    }
    #expect(finding(TextEncoding.utf8.bytes(text)).certainty == .sure)
    #expect(finding(Array("email\na@example.org\n".utf8)) == .init(encoding: .utf8, certainty: .plain))
    #expect(finding([]) == .init(encoding: .utf8, certainty: .plain))
    #expect(finding(TextEncoding.windows1252.bytes(text)).certainty == .likely(lines: 2))
  }

  @Test func `words of foreign letters, and bytes that are none, leave a doubt`() {
    let cyrillic = Array("email,name\na@example.org,".utf8) + [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2] + [0x0A]
    #expect(finding(cyrillic) == .init(encoding: .windows1252, certainty: .doubtful(lines: 1)))
    let open = Array("email,name\na@example.org,x".utf8) + [0x81, 0x0A]
    #expect(finding(open) == .init(encoding: .windows1252, certainty: .doubtful(lines: 1)))
  }

  @Test func `a file of two encodings is UTF-8, and the lines that are not are counted and the first named`() {
    let mixed =
      Array("email,name\r\na@example.org,Zoë\r\n".utf8) + TextEncoding.windows1252.bytes("b@example.org,Zoë\r\n")
    for chunk in [1, 2, 1000] {
      #expect(finding(mixed, chunk: chunk) == .init(encoding: .utf8, certainty: .sure, strayLines: 1, firstStray: 3))
    }
  }

  @Test func `P43 what is said of a file against its own bytes is known before a letter is read`() {
    for told in TextEncoding.allCases {
      for encoding in TextEncoding.allCases {
        // A file in windows-1252 may be anything but UTF-8.
        let isKnown = told != encoding && (encoding != .windows1252 || told == .utf8)
        #expect(
          finding(encoding.bytes(text)).outcome(readAs: told) == (isKnown ? .garbled : .fits), "\(encoding) as \(told)")
      }
      #expect(finding(Array("email\na@example.org\n".utf8)).outcome(readAs: told) == .fits)
    }
    let mixed = TextEncoding.utf8.bytes(text) + TextEncoding.windows1252.bytes("c@example.org,Zoë\n")
    #expect(finding(mixed).outcome(readAs: .windows1252) == .garbledInPart)
    #expect(finding(mixed).outcome(readAs: .utf8) == .fits)
  }

  @Test func `a letter that the end of the first piece cuts is no fault of it`() {
    let bytes = Array(TextEncoding.utf8.bytes("email\nZoë").dropLast())
    #expect(finding(bytes, isWhole: false) == .init(encoding: .utf8, certainty: .plain))
    #expect(finding(bytes).encoding == .windows1252)
  }

  @Test(arguments: seeds) func `what is UTF-8 and what is not is judged as Swift judges it`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces: [[UInt8]] = [
      [0x41], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x99, 0x82], [0xC0, 0x80], [0xED, 0xA0, 0x80],
      [0xE0, 0x9F, 0xBF],
      [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80], [0xC3], [0xE2, 0x82],
    ]
    let lines = (0..<6).map { _ in (0..<random.number(0...3)).flatMap { _ in random.pick(pieces) } }
    let strays = lines.count { String(validating: $0, as: UTF8.self) == nil }
    let bytes = Array("é\n".utf8) + lines.flatMap { $0 + [0x0A] }
    #expect(finding(bytes, chunk: random.number(1...9)).strayLines == strays)
  }

  @Test(arguments: seeds) func `UTF-16 in pieces of any size is the text, and half a letter is no UTF-8`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let text = (0..<20).map { _ in random.pick(["a", "é", "€", "🙂", "\n", "\u{FFFD}"]) }.joined()
    let isLittle = random.chance(50), encoding = isLittle ? TextEncoding.utf16LittleEndian : .utf16BigEndian
    var reader = UTF16Reader(isLittleEndian: isLittle), read: [UInt8] = []
    var rest = (encoding.mark + encoding.bytes(text))[...]
    let chunk = random.number(1...7)
    while !rest.isEmpty {
      read += reader.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
    }
    #expect(String(decoding: read + reader.finish(), as: UTF8.self) == text)
    var broken = UTF16Reader(isLittleEndian: false)
    let halves = broken.feed([0x00, 0x41, 0xD8, 0x3D, 0x00, 0x42, 0xDC, 0x00, 0x43]) + broken.finish()
    #expect(halves == [0x41, 0xFF, 0x42, 0xFF, 0xFF])
  }

  @Test func `windows-1252 has a byte for each of its letters and for no other`() {
    for byte in UInt8.min...UInt8.max { #expect(Windows1252.byte(for: Windows1252.character(byte)) == byte) }
    #expect(Windows1252.byte(for: "Ł") == nil && Windows1252.byte(for: "\u{80}") == nil)
    #expect(TextEncoding.windows1252.bytes("Łé") == [0x3F, 0xE9])
  }
}
