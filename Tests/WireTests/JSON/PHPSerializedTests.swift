import FuzzKit
import TestKit
import Testing
import Wire

@Suite struct PHPSerializedTests {
  @Test(
    "values are read, objects and arrays by their keys",
    arguments: [
      ("N;", .null), ("b:1;", true), ("b:0;", false), ("i:-7;", -7), ("i:9223372036854775807;", .integer(.max)),
      ("d:0.5;", 0.5), ("d:1.0E+25;", 1e25), ("s:0:\"\";", ""), ("s:3:\"a\"b\";", "a\"b"),
      ("s:3:\"a\u{E9}\";", "a\u{E9}"),
      ("a:0:{}", [:]), ("a:2:{i:0;s:1:\"x\";s:1:\"k\";N;}", ["0": "x", "k": .null]),
      ("O:8:\"stdClass\":1:{s:1:\"a\";a:1:{i:5;b:1;}}", ["a": ["5": true]]),
      ("O:1:\"T\":2:{s:4:\"\0*\0a\";i:1;s:4:\"\0T\0b\";i:2;}", ["a": 1, "b": 2]),
      ("a:2:{s:1:\"a\";i:1;s:1:\"a\";i:2;}", ["a": 2]),
    ] as [(String, JSON)])
  func values(_ text: String, _ expected: JSON) throws {
    #expect(try PHPSerialized.parse(text) == expected)
  }

  @Test(
    "what is none is refused with its place and its reason",
    arguments: [
      ("", 0, "it ends too early"), ("N", 1, "it ends too early"), ("i:1", 3, "it ends too early"),
      ("x:1;", 2, "a value is expected"), ("i1;", 1, ": is expected"), ("i:;x", 3, "a number is expected"),
      ("i:9223372036854775808;x", 22, "a number is expected"), ("d:NAN;x", 6, "a number is expected"),
      ("d:INF;x", 6, "a number is expected"), ("b:7;x", 4, "0 or 1 is expected"),
      ("s:-1:\"\";", 5, "a length is expected"),
      ("s:9223372036854775807:\"a\";", 26, "it ends too early"), ("s:1:\"ab\";", 6, "\" is expected"),
      ("a:1001:{", 7, "a count is expected"), ("a:-1:{}", 5, "a count is expected"), ("a:1:{}", 6, "it ends too early"),
      ("a:0:{i:0;N;}", 5, "} is expected"), ("a:1:{N;N;}", 7, "a key is expected"),
      ("a:1:{s:0:\"\";N;}", 12, "a key is expected"), ("a:1:{a:0:{}N;}", 11, "a key is expected"),
      ("a:1:{i:0;R:1;}", 11, "a value is expected"), ("C:1:\"a\":1:{b}", 2, "a value is expected"),
      ("N;N;", 2, "something follows its end"),
    ] as [(String, Int, String)])
  func refused(_ text: String, _ offset: Int, _ reason: String) {
    let fault = #expect(throws: PHPSerialized.Fault.self) { try PHPSerialized.parse(text) }
    #expect(fault?.offset == offset && fault?.reason == reason, "\(String(describing: fault))")
  }

  @Test("16 values within one another are read, 17 are not")
  func depth() {
    func nested(_ depth: Int) -> String {
      String(repeating: "a:1:{i:0;", count: depth - 1) + "N;" + String(repeating: "}", count: depth - 1)
    }
    #expect(throws: Never.self) { try PHPSerialized.parse(nested(16)) }
    for depth in [17, 100_000] {
      let fault = #expect(throws: PHPSerialized.Fault.self) { try PHPSerialized.parse(nested(depth)) }
      #expect(fault?.offset == 140 && fault?.reason == "it is too deep")
    }
  }

  @Test("1000 members are read, 1001 are not")
  func members() throws {
    func array(_ count: Int) -> String { "a:\(count):{\((0..<count).map { "i:\($0);N;" }.joined())}" }
    #expect(try PHPSerialized.parse(array(1000)).object?.count == 1000)
    #expect(throws: PHPSerialized.Fault.self) { try PHPSerialized.parse(array(1001)) }
  }

  @Test("what is read of the fuzzer's corpus, whole or cut anywhere, is written and read as the same")
  func corpus() throws {
    let files = try Project.files(in: "Tests/WireTests/Fixtures/php")
    #expect(files.count >= 36)
    for file in files {
      for length in 0...min(600, file.bytes.count) {
        #expect(FuzzTarget.php.broken(by: Array(file.bytes.prefix(length))) == nil, "\(file.name) cut at \(length)")
      }
      #expect(FuzzTarget.php.broken(by: file.bytes) == nil, "\(file.name)")
    }
  }
}
