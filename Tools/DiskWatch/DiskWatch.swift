import Foundation
import Synchronization

/// What this process writes, syncs and renames in one folder, in order, seen where the C library is called: SQLite's calls
/// are in it too, and a call that is taken out is missing.
///
/// For tests alone: the calls are watched in every program that has this module (`WatchedCalls.swift`).
package final class DiskWatch: Sendable {
  package enum Act: Sendable, Equatable, CustomStringConvertible {
    case wrote(String)
    case synced(String)
    /// By this process alone.
    case locked(String)
    case renamed(String, to: String)
    /// What a test says itself.
    case note(String)

    package var description: String {
      switch self {
      case .wrote(let file): "wrote \(file)"
      case .synced(let file): "synced \(file)"
      case .locked(let file): "locked \(file)"
      case .renamed(let file, let name): "renamed \(file) to \(name)"
      case .note(let words): words
      }
    }
  }

  /// What the disk does wrong in the folder.
  package enum Fault: Sendable {
    /// A sync fails, and nothing was synced: of one file by its path in the folder, or of any.
    case syncFails(of: String? = nil)
    /// No read gives more bytes than that.
    case readsAtMost(Int)
    /// No write takes more bytes than that.
    case writesAtMost(Int)
  }

  private let folder: String
  private let seen = Mutex<[Act]>([])
  private let fault = Mutex<Fault?>(nil)

  /// - Parameter folder: only what happens in it is seen.
  package init(_ folder: String) {
    self.folder = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
    Watches.add(self)
  }

  /// What happens in a folder while something is done.
  package static func acts(in folder: String, _ act: (DiskWatch) async throws -> Void) async throws -> [Act] {
    let watch = DiskWatch(folder)
    defer { watch.end() }
    try await act(watch)
    return watch.acts
  }

  /// Ends the watch.
  package func end() { Watches.remove(self) }

  package func set(_ fault: Fault?) { self.fault.withLock { $0 = fault } }

  package func note(_ words: String) { seen.withLock { $0.append(.note(words)) } }

  /// What happened so far, with files by their path in the folder, and the folder itself as a dot. Writes to one file that
  /// follow each other count as one.
  package var acts: [Act] {
    seen.withLock { acts in
      acts.reduce(into: []) { kept, act in
        if case .wrote = act, kept.last == act { return }
        kept.append(act)
      }
    }
  }

  fileprivate func take(_ path: String, _ act: (String) -> Act) {
    guard let name = name(of: path) else { return }
    seen.withLock { $0.append(act(name)) }
  }

  fileprivate func fault(at path: String) -> Fault? {
    guard let name = name(of: path), let fault = fault.withLock({ $0 }) else { return nil }
    if case .syncFails(let only?) = fault, only != name { return nil }
    return fault
  }

  fileprivate func takeName(_ from: String, _ to: String) {
    guard let to = name(of: to) else { return }
    seen.withLock { $0.append(.renamed(name(of: from) ?? from, to: to)) }
  }

  private func name(of path: String) -> String? {
    if path == folder { return "." }
    return path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : nil
  }
}

/// All watches there are; without one a call costs a look at a number.
enum Watches {
  private static let all = Mutex<[DiskWatch]>([])
  private static let count = Atomic(0)

  static var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

  static func add(_ watch: DiskWatch) {
    all.withLock { all in
      all.append(watch)
      count.store(all.count, ordering: .relaxed)
    }
  }

  static func remove(_ watch: DiskWatch) {
    all.withLock { all in
      all.removeAll { $0 === watch }
      count.store(all.count, ordering: .relaxed)
    }
  }

  static func tell(_ descriptor: Int32, _ act: (String) -> DiskWatch.Act) {
    guard let path = path(of: descriptor) else { return }
    for watch in all.withLock({ $0 }) { watch.take(path, act) }
  }

  static func fault(_ descriptor: Int32) -> DiskWatch.Fault? {
    guard let path = path(of: descriptor) else { return nil }
    return all.withLock { $0 }.lazy.compactMap { $0.fault(at: path) }.first
  }

  private static func path(of descriptor: Int32) -> String? {
    guard !isEmpty else { return nil }
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/fd/\(descriptor)", &bytes, bytes.count)
    return length > 0 ? String(decoding: bytes.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
  }

  static func tellName(_ from: String, _ to: String) {
    for watch in all.withLock({ $0 }) { watch.takeName(from, to) }
  }
}
