import Foundation
import Synchronization

/// How often our own code has told a disk to keep what was written: the journal and the witness. The linker finds these
/// before the C library's own; the database's library does not, and its commits are counted by the store.
enum Syncs {
  static let count = Atomic(0)

  fileprivate static let data = next("fdatasync"), whole = next("fsync")

  fileprivate typealias Function = @convention(c) (Int32) -> Int32

  private static func next(_ name: String) -> Function? {
    // RTLD_NEXT, which Swift does not import.
    dlsym(UnsafeMutableRawPointer(bitPattern: -1), name).map { unsafeBitCast($0, to: Function.self) }
  }
}

@_cdecl("fdatasync")
public func countedDataSync(_ descriptor: Int32) -> Int32 {
  Syncs.count.add(1, ordering: .relaxed)
  return Syncs.data.map { $0(descriptor) } ?? -1
}

@_cdecl("fsync")
public func countedSync(_ descriptor: Int32) -> Int32 {
  Syncs.count.add(1, ordering: .relaxed)
  return Syncs.whole.map { $0(descriptor) } ?? -1
}
