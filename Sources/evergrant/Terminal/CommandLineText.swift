import Foundation
import Wire

/// Commands as text that a shell or cron reads.
enum CommandLineText {
  /// A word that a shell takes for one, quoted only where it must be.
  static func word(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { plain.contains($0) }
    return isPlain ? text : "'" + text.spelling(["'": #"'\''"#]) + "'"
  }

  private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%".utf8)

  /// The command of a line in a crontab, where a bare `%` would end it.
  static func cron(_ words: [String]) -> String {
    words.map(word).joined(separator: " ").spelling(["%": #"\%"#])
  }
}

/// The program that runs.
enum ThisProgram {
  /// Its whole path, by the name it was called by: a link to it outlives the version that it leads to.
  static var path: String {
    let called = CommandLine.arguments.first ?? "evergrant"
    if called.contains("/") { return URL(fileURLWithPath: called).standardized.path }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(called)" }
    let found = folders.first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
    return found ?? Bundle.main.executablePath ?? called
  }
}
