import Foundation

/// What can be seen of a data folder with nothing made and nothing changed.
package enum FolderSight: Sendable, Equatable {
  case missing
  /// This user may not look.
  case hidden
  case notAFolder
  /// - Parameters:
  ///   - mode: its permission bits.
  ///   - freeBytes: what is left on its disk for this user; nil where the disk does not tell.
  case seen(mode: Int, isWritable: Bool, freeBytes: Int64?)

  package init(_ path: String) {
    var file = stat()
    guard stat(path, &file) == 0 else {
      self = errno == ENOENT || errno == ENOTDIR ? .missing : .hidden
      return
    }
    guard file.st_mode & S_IFMT == S_IFDIR else {
      self = .notAFolder
      return
    }
    var disk = statvfs()
    let isTold = statvfs(path, &disk) == 0
    let isReadOnly = isTold && UInt(disk.f_flag) & UInt(ST_RDONLY) != 0
    self = .seen(
      mode: Int(file.st_mode & 0o7777), isWritable: !isReadOnly && access(path, W_OK | X_OK) == 0,
      freeBytes: isTold ? Int64(clamping: UInt64(disk.f_bavail) * UInt64(disk.f_frsize)) : nil)
  }
}

/// What can be seen of a key file.
package enum KeySight: Sendable {
  case missing
  case unreadable
  case damaged
  case seen(mode: Int, KeyRing)

  package init(_ folder: DataFolder) {
    var file = stat()
    let source = KeyFile(folder)
    guard stat(source.path, &file) == 0 else {
      self = errno == ENOENT ? .missing : .unreadable
      return
    }
    do {
      self = try KeyRing(source).map { .seen(mode: Int(file.st_mode & 0o7777), $0) } ?? .damaged
    } catch {
      self = .unreadable
    }
  }
}
