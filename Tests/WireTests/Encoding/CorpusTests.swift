import FuzzKit
import TestKit
import Testing

/// The texts that the fuzzer begins with, and what it has found.
@Suite struct CorpusTests {
  @Test(arguments: [(FuzzTarget.json, 45), (.form, 24)])
  func `what is read of the fuzzer's corpus, whole or cut anywhere, is written and read as the same`(
    target: FuzzTarget, least: Int
  ) throws {
    let files = try Project.files(in: "Tests/WireTests/Fixtures/\(target.rawValue)")
    #expect(files.count >= least)
    for file in files {
      for length in 0...min(600, file.bytes.count) {
        #expect(target.broken(by: Array(file.bytes.prefix(length))) == nil, "\(file.name) cut at \(length)")
      }
      #expect(target.broken(by: file.bytes) == nil, "\(file.name)")
    }
  }
}
