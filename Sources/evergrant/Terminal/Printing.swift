import ArgumentParser
import Foundation
import Logging
import Wire

/// How a command answers: for a person, or for a program.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Answer in JSON.")
  var json = false

  /// Prints data on standard output: in JSON as an object with its version, so `value` is one too.
  func show(_ value: some Encodable, _ text: () -> String) throws {
    print(Printable.text(json ? try JSONText.answer(value) : text()))
  }
}

enum JSONText {
  /// An answer with the version of its form, which rises when a reader of an earlier one would misread it.
  private struct Versioned<Value: Encodable>: Encodable {
    enum CodingKeys: CodingKey { case version }
    var value: Value

    func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(1, forKey: .version)
      try value.encode(to: encoder)
    }
  }

  /// What every command answers with, an error too.
  static func answer(_ value: some Encodable) throws -> String { try of(Versioned(value: value)) }

  static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// Says on standard error what goes on; standard output is for data.
func say(_ text: String) { FileHandle.standardError.write(Data((Printable.text(text) + "\n").utf8)) }

extension Logger {
  static func standardError(_ level: Logger.Level = .info) -> Logger {
    var logger = Logger(label: "evergrant") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = level
    return logger
  }
}
