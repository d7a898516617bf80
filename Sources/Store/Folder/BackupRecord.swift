import Foundation
import Wire

/// When the last backup of a folder's keeper was made, under which key, and where it was put.
package struct BackupRecord: Sendable, Equatable {
  package var at: Timestamp
  /// The newest key that anything in the backup may be sealed with. The backup opens with this key and those before it.
  package var key: UInt32
  package var path: String

  package init(at: Timestamp, key: UInt32, path: String) {
    self.at = at
    self.key = key
    self.path = path
  }
}

extension DataFolder {
  private static let recordName = "last-backup"

  package func record(_ backup: BackupRecord) throws {
    try Self.replace(file(Self.recordName), by: "\(backup.at.milliseconds) \(backup.key) \(backup.path)\n")
  }

  /// Nil where no backup was ever made.
  package func lastBackup() throws -> BackupRecord? {
    let path = file(Self.recordName)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw StoreError.unreadable("\(path) cannot be read")
    }
    let words = text.split(separator: "\n").first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count == 3, let at = Int64(words[0]), let key = UInt32(words[1]) else {
      throw StoreError.unreadable("\(path) is not what a backup writes there")
    }
    return BackupRecord(at: Timestamp(milliseconds: at), key: key, path: String(words[2]))
  }
}
