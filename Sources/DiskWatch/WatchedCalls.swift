import Foundation

// A program's own definition of a C function is the one that all its calls reach, and those of its libraries too once the
// linker exports it (`Package.swift`). Each does what the C library's does, and tells the watches of it. They are public
// because a name that is not cannot be exported.

private typealias Sync = @convention(c) (Int32) -> Int32
private typealias Write = @convention(c) (Int32, UnsafeRawPointer?, Int) -> Int
private typealias WriteAt = @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int
private typealias Rename = @convention(c) (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32

/// The C library's function behind ours.
private func real<Function>(_ name: String, as type: Function.Type) -> Function {
  // The next one after this program's own.
  let next = UnsafeMutableRawPointer(bitPattern: -1)
  return unsafeBitCast(dlsym(next, name), to: type)
}

private let realSync = real("fsync", as: Sync.self)
private let realDataSync = real("fdatasync", as: Sync.self)
private let realAppend = real("write", as: Write.self)
private let realWrite = real("pwrite", as: WriteAt.self)
private let realWrite64 = real("pwrite64", as: WriteAt.self)
private let realRename = real("rename", as: Rename.self)

@_cdecl("fsync")
public func watchedSync(_ descriptor: Int32) -> Int32 {
  let result = realSync(descriptor)
  if result == 0 { Watches.tell(descriptor) { .synced($0) } }
  return result
}

@_cdecl("fdatasync")
public func watchedDataSync(_ descriptor: Int32) -> Int32 {
  let result = realDataSync(descriptor)
  if result == 0 { Watches.tell(descriptor) { .synced($0) } }
  return result
}

@_cdecl("write")
public func watchedAppend(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  let written = realAppend(descriptor, bytes, count)
  if written > 0 { Watches.tell(descriptor) { .wrote($0) } }
  return written
}

@_cdecl("pwrite")
public func watchedWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
  let written = realWrite(descriptor, bytes, count, offset)
  if written > 0 { Watches.tell(descriptor) { .wrote($0) } }
  return written
}

@_cdecl("pwrite64")
public func watchedWrite64(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ offset: Int) -> Int {
  let written = realWrite64(descriptor, bytes, count, offset)
  if written > 0 { Watches.tell(descriptor) { .wrote($0) } }
  return written
}

@_cdecl("rename")
public func watchedRename(_ from: UnsafePointer<CChar>?, _ to: UnsafePointer<CChar>?) -> Int32 {
  let result = realRename(from, to)
  if result == 0, !Watches.isEmpty, let from, let to { Watches.tellName(String(cString: from), String(cString: to)) }
  return result
}
