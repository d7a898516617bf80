import Foundation

/// Where this project's files are.
package enum Project {
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  package static func file(_ path: String) -> String { root + "/" + path }
}
