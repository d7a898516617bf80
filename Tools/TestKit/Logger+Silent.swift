import Logging

extension Logger {
  /// Says nothing.
  package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
