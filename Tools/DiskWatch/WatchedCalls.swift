import Foundation

// A program's own definition of a C function is the one that all its calls reach, and those of its libraries too once the
// linker exports it (`Package.swift`). Each does what the C library's does, unless a test has set a fault, and tells the
// watches of it. They are public because a name that is not cannot be exported.

private typealias Sync = @convention(c) (Int32) -> Int32
private typealias ReadAt = @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int) -> Int
private typealias Write = @convention(c) (Int32, UnsafeRawPointer?, Int) -> Int
private typealias WriteAt = @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int
private typealias Rename = @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
private typealias Lock = @convention(c) (Int32, Int32) -> Int32

/// The C library's function behind ours.
private func real<Function>(_ name: String, as type: Function.Type) -> Function {
  // The next one after this program's own.
  let next = UnsafeMutableRawPointer(bitPattern: -1)
  return unsafeBitCast(dlsym(next, name), to: type)
}

private let realSync = real("fsync", as: Sync.self)
private let realDataSync = real("fdatasync", as: Sync.self)
private let realReadAt = real("pread", as: ReadAt.self)
private let realWrite = real("write", as: Write.self)
private let realWriteAt = real("pwrite", as: WriteAt.self)
private let realWriteAt64 = real("pwrite64", as: WriteAt.self)
private let realRename = real("rename", as: Rename.self)
private let realLock = real("flock", as: Lock.self)

private func sync(_ descriptor: Int32, _ call: Sync) -> Int32 {
  if case .syncFails? = Watches.fault(descriptor) {
    errno = EIO
    return -1
  }
  let result = call(descriptor)
  if result == 0 { Watches.tell(descriptor) { .synced($0) } }
  return result
}

private func write(_ descriptor: Int32, _ count: Int, _ call: (Int) -> Int) -> Int {
  var most = count
  if case .writesAtMost(let bytes)? = Watches.fault(descriptor) { most = min(count, bytes) }
  let written = call(most)
  if written > 0 { Watches.tell(descriptor) { .wrote($0) } }
  return written
}

@_cdecl("fsync")
public func watchedSync(_ descriptor: Int32) -> Int32 { sync(descriptor, realSync) }

@_cdecl("fdatasync")
public func watchedDataSync(_ descriptor: Int32) -> Int32 { sync(descriptor, realDataSync) }

@_cdecl("pread")
public func watchedReadAt(_ descriptor: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int) -> Int {
  var most = count
  if case .readsAtMost(let bytes)? = Watches.fault(descriptor) { most = min(count, bytes) }
  return realReadAt(descriptor, bytes, most, offset)
}

@_cdecl("write")
public func watchedWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, count) { realWrite(descriptor, bytes, $0) }
}

@_cdecl("pwrite")
public func watchedWriteAt(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
  write(descriptor, count) { realWriteAt(descriptor, bytes, $0, offset) }
}

@_cdecl("pwrite64")
public func watchedWriteAt64(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
  write(descriptor, count) { realWriteAt64(descriptor, bytes, $0, offset) }
}

@_cdecl("rename")
public func watchedRename(_ from: UnsafePointer<CChar>?, _ to: UnsafePointer<CChar>?) -> Int32 {
  let result = realRename(from, to)
  if result == 0, !Watches.isEmpty, let from, let to { Watches.tellName(String(cString: from), String(cString: to)) }
  return result
}

@_cdecl("flock")
public func watchedLock(_ descriptor: Int32, _ operation: Int32) -> Int32 {
  let result = realLock(descriptor, operation)
  if result == 0, operation & LOCK_EX != 0 { Watches.tell(descriptor) { .locked($0) } }
  return result
}
