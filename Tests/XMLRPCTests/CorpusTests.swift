import FuzzKit
import TestKit
import Testing

/// The texts that the fuzzer begins with, and what it has found.
@Suite struct CorpusTests {
  private let folder = "Tests/XMLRPCTests/Fixtures/calls"

  @Test func `K32 what is read of the fuzzer's corpus is written and read as the same`() throws {
    let files = try Project.files(in: folder)
    #expect(files.count >= 75)
    for file in files { #expect(FuzzTarget.calls.broken(by: file.bytes) == nil, "\(file.name)") }
  }

  @Test func `K32 the same holds of the fuzzer's corpus cut anywhere`() throws {
    for file in try Project.files(in: folder) {
      for length in 0..<min(600, file.bytes.count) {
        #expect(FuzzTarget.calls.broken(by: Array(file.bytes.prefix(length))) == nil, "\(file.name) cut at \(length)")
      }
    }
  }
}
