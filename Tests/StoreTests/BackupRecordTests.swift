import TestKit
import Testing

@testable import Store
@testable import Wire

/// What a folder says of its last backup.
struct BackupRecordTests {
  @Test("the last backup is on record as it was put there; none is told from one that cannot be read")
  func lastBackup() throws {
    let outer = try TemporaryFolder(), folder = try DataFolder(path: outer.file("data"))
    #expect(try folder.lastBackup() == nil)
    let record = BackupRecord(at: Timestamp(milliseconds: 1_795_449_600_123), key: 3, path: "/a b/c d")
    try folder.record(record)
    #expect(try folder.lastBackup() == record)
    for text in ["", "1 2", "x 3 /a"] {
      try DataFolder.replace(folder.file("last-backup"), by: text)
      #expect(throws: StoreError.self) { try folder.lastBackup() }
    }
  }
}
