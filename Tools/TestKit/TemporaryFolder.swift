import Foundation

/// A folder of one test, gone with it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    path = try TestRun.current.folder.get() + "/" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  package func file(_ name: String) -> String { path + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
