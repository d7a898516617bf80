import Foundation

/// Where this project's files are.
enum Project {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static func file(_ path: String) -> String { root + "/" + path }

  static let evergrant = file(".build/debug/evergrant")
  static let python = file(".build/venv/bin/python")
}
