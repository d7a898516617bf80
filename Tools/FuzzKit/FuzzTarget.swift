import Foundation

/// A reader of text that strangers send, and what must hold of it whatever the text is.
package enum FuzzTarget: String, Sendable, CaseIterable {
  /// A call in XML-RPC, as `MethodCall` reads it.
  case calls
  /// What PHP's `serialize()` writes, as `PHPSerialized` reads it.
  case php
  /// A customer file, as `CSVReader` and `CustomerFile` read it.
  case csv
  /// JSON, as `JSON.parse` reads it.
  case json
  /// A query or a form's body, as `FormFields` reads it.
  case form

  /// What these bytes break; nil where everything holds.
  package func broken(by bytes: [UInt8]) -> String? {
    switch self {
    case .calls: Self.brokenCall(bytes)
    case .php: Self.brokenPHP(bytes)
    case .csv: Self.brokenCSV(bytes)
    case .json: Self.brokenJSON(bytes)
    case .form: Self.brokenForm(bytes)
    }
  }

  /// The target that the fuzzer was started for.
  static let started = ProcessInfo.processInfo.environment["EVERGRANT_FUZZ"].flatMap(FuzzTarget.init(rawValue:))
}

/// Called by libFuzzer with every input. What is broken ends the process, so that the input is kept.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let target = FuzzTarget.started else { fatalError("EVERGRANT_FUZZ names no target") }
  if let broken = target.broken(by: Array(UnsafeBufferPointer(start: start, count: count))) { fatalError(broken) }
  return 0
}
