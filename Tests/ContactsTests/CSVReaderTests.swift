import TestKit
import Testing
import Wire

@testable import Contacts

@Suite struct CSVReaderTests {
  private func read(_ text: String, limit: Int = 1000) -> [CSVRecord] { read(Array(text.utf8), limit: limit) }

  /// What is read, without the bytes that it stood in.
  private func read(
    _ bytes: [UInt8], _ encoding: TextEncoding = .utf8, limit: Int = 1000, chunk: Int = .max
  ) -> [CSVRecord] {
    readWhole(bytes, encoding, limit: limit, chunk: chunk).map { CSVRecord(line: $0.line, fields: $0.fields) }
  }

  private func readWhole(
    _ bytes: [UInt8], _ encoding: TextEncoding = .utf8, limit: Int = 1000, chunk: Int = .max
  ) -> [CSVRecord] {
    var reader = CSVReader(encoding: encoding, limit: limit)
    var records: [CSVRecord] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      records += reader.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
    }
    return records + reader.finish()
  }

  private func good(_ line: Int, _ fields: String...) -> CSVRecord { CSVRecord(line: line, fields: .success(fields)) }
  private func bad(_ line: Int, _ fault: CSVFault) -> CSVRecord { CSVRecord(line: line, fields: .failure(fault)) }

  @Test(arguments: [",", ";", "\t"]) func `the delimiter is found in the first line`(delimiter: String) {
    let text = ["a", "\"b,;\tc\"", "c"].joined(separator: delimiter) + "\n1\(delimiter)2\(delimiter)3\n"
    #expect(read(text) == [good(1, "a", "b,;\tc", "c"), good(2, "1", "2", "3")])
  }

  @Test func `a byte-order mark, CRLF, CR, empty lines and a missing last line end are no matter`() {
    #expect(
      read("\u{FEFF}a,b\r\n\r\n1,2\r3,\n\n,4") == [
        good(1, "a", "b"), good(3, "1", "2"), good(4, "3", ""), good(6, "", "4"),
      ])
    #expect(read("") == [])
    #expect(read("email\nx;y\n") == [good(1, "email"), good(2, "x;y")])
  }

  @Test func `quotes hold delimiters, line ends and doubled quotes`() {
    #expect(
      read("a,b\n\"x\"\"y\",\"1\r\n2,\n\"\nlast,\"\"\n")
        == [good(1, "a", "b"), good(2, "x\"y", "1\r\n2,\n"), good(5, "last", "")])
    #expect(read("a,b\n5\" pipe,x\"\"y\n") == [good(1, "a", "b"), good(2, "5\" pipe", "x\"\"y")])
  }

  @Test func `an unclosed quote costs one line and names it`() {
    #expect(
      read("a,b\n1,2\n\"x,3\n4,5\n6,7")
        == [good(1, "a", "b"), good(2, "1", "2"), bad(3, .unclosedQuote), good(4, "4", "5"), good(5, "6", "7")])
    #expect(read("a,b\n1,\"2") == [good(1, "a", "b"), bad(2, .unclosedQuote)])
  }

  @Test func `text behind a closing quote costs one line, wherever the quote opened`() {
    #expect(read("a,b\n\"x\"y,2\n3,4\n") == [good(1, "a", "b"), bad(2, .textAfterQuote), good(3, "3", "4")])
    #expect(
      read("a,b\n1,\"x\n3,4\n5,\"six\"\n7,8\n")
        == [good(1, "a", "b"), bad(2, .textAfterQuote), good(3, "3", "4"), good(4, "5", "six"), good(5, "7", "8")])
  }

  @Test func `what was followed over many lines in vain is not followed again from each of them`() {
    // Each line closes the quote of the one before and opens another, so that from any of them a record runs on to the limit.
    let opening = "a\",\"\n", count = 2000, limit = 200 * opening.utf8.count
    let records = read("a,b\n" + String(repeating: opening, count: count) + "1,2\n", limit: limit)
    #expect(records.map(\.line) == Array(1...(count + 2)))
    #expect(records.last == good(count + 2, "1", "2"))
    let tooLong = [CSVFault.tooLong(limit: limit), .tooLongInQuotes(limit: limit)]
    let far = records.count { record in tooLong.contains { record.fields == .failure($0) } }
    #expect((1...(count / 200 + 2)).contains(far))
    let late = "a,b\n" + String(repeating: opening, count: 100) + "x\"y\n1,\"2\n3\"\n"
    #expect(read(late).last == good(103, "1", "2\n3"), "behind the line that showed it a quote holds line ends as ever")
  }

  @Test func `a quote is doubled with a combining mark behind it too`() {
    for cell in ["\"\u{301}", "x\"\u{301}y", "\u{301}\"", "\"\u{200D}"] {
      #expect(read("a,b\n\(TextCell.line([cell, "c"]))\n").last == good(2, cell, "c"))
    }
  }

  @Test func `broken UTF-8 costs its row and names the column`() {
    let bytes = Array("a,b\n1,x".utf8) + [0xE9, 0x0A] + Array("3,4\n".utf8)
    #expect(read(bytes) == [good(1, "a", "b"), bad(2, .notIn(.utf8, column: 2)), good(3, "3", "4")])
  }

  @Test func `a byte of windows-1252 is its letter, and a NUL costs its row in any encoding`() throws {
    let bytes = Array("a,b\n1,x".utf8) + [0xE9, 0x80, 0x0A] + Array("3,4\u{0}\n5,6\n".utf8)
    #expect(
      read(bytes, .windows1252)
        == [good(1, "a", "b"), good(2, "1", "xé€"), bad(3, .nul(column: 2)), good(4, "5", "6")])
    #expect(read("a,b\n\u{0},2\n3,4\n") == [good(1, "a", "b"), bad(2, .nul(column: 1)), good(3, "3", "4")])
  }

  @Test func `a row of more columns than any file has costs itself`() {
    let wide = String(repeating: ",", count: CSVReader.mostColumns)
    #expect(
      read("a,b\n\(wide)\n3,4\n", limit: 100_000)
        == [good(1, "a", "b"), bad(2, .tooManyColumns(most: CSVReader.mostColumns)), good(3, "3", "4")])
  }

  @Test func `a row of ten megabytes costs little memory and itself, with a quote that never closes too`() {
    for opening in ["", "\""] {
      var reader = CSVReader(limit: 1 << 16)
      var records = reader.feed(Array("a,b\n1,\(opening)".utf8))
      let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
      for _ in 0..<160 { records += reader.feed(piece) }
      records += reader.feed(Array("\n3,4\n".utf8)) + reader.finish()
      #expect(
        records.map { CSVRecord(line: $0.line, fields: $0.fields) }
          == [good(1, "a", "b"), bad(2, .tooLong(limit: 1 << 16)), good(3, "3", "4")])
      #expect(records[1].raw == [])
    }
  }

  @Test func `each record keeps the bytes that it stood in, and a refused one those of its first line`() {
    let text = "a,b\r\n\"x\"\"y\",\"1\n2\"\r\n\"x\"y,2\r\n3,\"4\n5,6"
    for chunk in [1, 3, 1000] {
      let raw = readWhole(Array(text.utf8), chunk: chunk).map { String(decoding: $0.raw, as: UTF8.self) }
      #expect(raw == ["a,b", "\"x\"\"y\",\"1\n2\"", "\"x\"y,2", "3,\"4", "5,6"])
    }
  }

  @Test func `a record longer than allowed is refused and the next is read`() {
    let long = String(repeating: "x", count: 50)
    for chunk in [1, 7, 1000] {
      #expect(
        read(Array("a,b\n1,\(long)\n3,4\n5,\"\(long)\n\(long)\n6,7".utf8), limit: 40, chunk: chunk)
          == [
            good(1, "a", "b"), bad(2, .tooLong(limit: 40)), good(3, "3", "4"), bad(4, .tooLong(limit: 40)),
            bad(5, .tooLong(limit: 40)), good(6, "6", "7"),
          ])
    }
  }

  @Test func `where a quote stands open for longer than a record may be, its line is told of it`() {
    for chunk in [1, 7, 1000] {
      #expect(
        read(Array("a,b\n1,\"x\n3,4\n5,6\n7,8\n".utf8), limit: 12, chunk: chunk)
          == [
            good(1, "a", "b"), bad(2, .tooLongInQuotes(limit: 12)), good(3, "3", "4"), good(4, "5", "6"),
            good(5, "7", "8"),
          ])
    }
  }

  @Test(arguments: seeds) func `every table is read back from every way of writing it, in chunks of any size`(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    let delimiter = random.pick([",", ";", "\t"]), end = random.pick(["\n", "\r\n", "\r"])
    let cells = ["", "a", "é", "x,y", "x;y", "x\ty", "\"", "a\"b", "l1\nl2", "l1\r\nl2", "🙂", " s "]
    var bytes = Array(["first", "second", "third"].joined(separator: delimiter).utf8) + Array(end.utf8)
    var expected = [good(1, "first", "second", "third")]
    var line = 2
    for _ in 0..<20 {
      let row = ["r"] + (0..<2).map { _ in random.pick(cells) }
      let written = row.map { cell in
        let mustQuote = cell.contains { "\"\n\r\r\n".contains($0) || String($0) == delimiter || $0 == "\r\n" }
        return mustQuote || random.chance(30) ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
      }
      bytes += Array((written.joined(separator: delimiter) + end).utf8)
      expected.append(CSVRecord(line: line, fields: .success(row)))
      line += 1 + row.joined().filter(\.isNewline).count
    }
    for chunk in [1, 2, 3, random.number(4...50), .max] { #expect(read(bytes, chunk: chunk) == expected) }
  }

  @Test(arguments: seeds) func `rubbish gives the same records in every chunking, and no crash`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("a\",;\n\r\t\"\n".utf8) + [0xC3, 0xA9, 0xFF]
    let bytes = Array("a,b\n".utf8) + (0..<200).map { _ in random.pick(alphabet) }
    let whole = read(bytes, limit: 30)
    for chunk in [1, 2, 5, 31] { #expect(read(bytes, limit: 30, chunk: chunk) == whole) }
    let lines = whole.map(\.line)
    #expect(lines == lines.sorted() && Set(lines).count == lines.count)
  }
}
