import ArgumentParser
import Contacts
import Foundation
import Logging

/// How a command answers: for a person, or for a program.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Answer in JSON.")
  var json = false

  /// Prints data on standard output.
  func show(_ value: some Encodable, _ text: () -> String) throws {
    print(Printable.text(json ? try JSONText.of(value) : text()))
  }
}

enum JSONText {
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
