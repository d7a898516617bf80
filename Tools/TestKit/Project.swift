import Foundation

/// Where this project's files are.
package enum Project {
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  package static func file(_ path: String) -> String { root + "/" + path }

  /// The files of a folder, in the order of their names.
  package static func files(in folder: String) throws -> [(name: String, bytes: [UInt8])] {
    try FileManager.default.contentsOfDirectory(atPath: file(folder)).sorted().map { name in
      (name, Array(try Data(contentsOf: URL(filePath: file("\(folder)/\(name)")))))
    }
  }
}
