import Foundation

/// Who holds the lock on a journal's file, and therefore lives.
///
/// A process that takes over what a dead one left marks that by a second lock, so that nobody waits for the dead one.
enum JournalHold: Equatable {
  case byNobody
  case byItsProcess
  case bySuccessor

  /// - Parameter descriptor: the file, opened for this question alone: the lock that may be taken here ends when it is closed.
  init(of descriptor: Int32) {
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
      self = .byNobody
      return
    }
    var mark = Self.mark
    let isFree = fcntl(descriptor, Self.look, &mark) != 0 || mark.l_type == Int16(F_UNLCK)
    self = isFree ? .byItsProcess : .bySuccessor
  }

  /// Marks a journal whose lock was had as one that was taken over, for as long as the file stays open.
  static func markTaken(_ descriptor: Int32) {
    var mark = mark
    _ = fcntl(descriptor, set, &mark)
  }

  /// The first byte, which belongs to the open file and not to the process (`fcntl(2)`, open file description locks).
  private static var mark: flock {
    flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 1, l_pid: 0)
  }

  /// `F_OFD_GETLK` and `F_OFD_SETLK`, which the C library shows only to programs that ask for its extensions.
  private static let look: Int32 = 36, set: Int32 = 37
}
