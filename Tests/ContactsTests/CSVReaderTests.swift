import TestKit
import Testing

@testable import Contacts

@Suite struct CSVReaderTests {
  private func read(_ text: String, limit: Int = 1000) -> [CSVRecord] { read(Array(text.utf8), limit: limit) }

  private func read(_ bytes: [UInt8], limit: Int = 1000, chunk: Int = .max) -> [CSVRecord] {
    var reader = CSVReader(limit: limit)
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

  @Test func `broken UTF-8 costs its row and names the column`() {
    let bytes = Array("a,b\n1,x".utf8) + [0xE9, 0x0A] + Array("3,4\n".utf8)
    #expect(read(bytes) == [good(1, "a", "b"), bad(2, .notUTF8(column: 2)), good(3, "3", "4")])
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
