import FuzzKit
import TestKit
import Testing

/// The customer files that the fuzzer begins with, and what it has found.
@Suite struct CorpusTests {
  @Test func `the fuzzer's corpus is read the same in pieces of any size, and what is read is written as it was`()
    throws
  {
    let files = try Project.files(in: "Tests/ContactsTests/Fixtures/csv")
    #expect(files.count >= 40)
    for file in files { #expect(FuzzTarget.csv.broken(by: file.bytes) == nil, "\(file.name)") }
  }

  @Test func `the same holds of the fuzzer's corpus cut anywhere`() throws {
    for file in try Project.files(in: "Tests/ContactsTests/Fixtures/csv") {
      for length in 0..<min(200, file.bytes.count) {
        #expect(FuzzTarget.csv.broken(by: Array(file.bytes.prefix(length))) == nil, "\(file.name) cut at \(length)")
      }
    }
  }
}
