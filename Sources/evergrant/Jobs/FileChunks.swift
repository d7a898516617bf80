import Contacts
import Foundation
import Jobs
import Wire

/// A file in pieces, so that its size does not matter; `-` is standard input.
final class FileChunks {
  /// How much of a file tells it from others.
  private static let headLength = 64 << 10

  private let path: String
  private let handle: FileHandle
  /// In bytes; nil for what can be read but once, as it comes through a pipe.
  let size: Int64?
  /// What was read already, to be looked at.
  private var ahead: [UInt8]?
  /// How many bytes were given.
  private(set) var offset: Int64 = 0

  init(path: String) throws {
    let opened = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
    guard let handle = opened else {
      throw Denied(
        access(path, F_OK) == 0
          ? "The file \(path) cannot be read by the user \(DataOwner.name)." : "There is no file \(path)."
      )
    }
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
      throw Denied("\(path) is a folder: name a file in it.")
    }
    self.path = path
    self.handle = handle
    let isFile = status.st_mode & S_IFMT == S_IFREG && lseek(handle.fileDescriptor, 0, SEEK_CUR) == 0
    size = isFile ? Int64(status.st_size) : nil
  }

  /// Keeps other imports off this file, whose note of how far it is would be this one's, until it is closed.
  /// - Throws: `Denied` where another process imports it.
  func lock() throws {
    guard size != nil, path != "-" else { return }
    // Where a file system knows no locks, the import goes on without.
    guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK else { return }
    throw Denied("\(path) is being imported by another process. Wait until that is through.")
  }

  /// - Returns: nil behind the end.
  func next() throws -> [UInt8]? {
    let bytes = try ahead ?? read()
    ahead = nil
    offset += Int64(bytes?.count ?? 0)
    return bytes
  }

  private func read() throws -> [UInt8]? {
    guard let data = try handle.read(upToCount: 64 << 10), !data.isEmpty else { return nil }
    return Array(data)
  }

  /// Looks through the whole file, or at the first piece of what comes through a pipe, before anything of it is given.
  /// - Returns: what it is taken for, and whether it begins with a byte-order mark.
  /// - Throws: `Denied` for what is no CSV.
  func survey() throws -> (finding: EncodingSurvey.Finding, isMarked: Bool) {
    var survey = EncodingSurvey()
    let first = try read() ?? []
    if let form = ForeignForm(head: first) {
      let name = path == "-" ? "What comes in" : path
      let own = form == .json ? " Contacts come so from: evergrant contacts export --output all.csv" : ""
      throw Denied("\(name) is \(form.rawValue): save it as CSV where it comes from, and import that.\(own)")
    }
    survey.feed(first)
    if size != nil {
      while let bytes = try read() { survey.feed(bytes) }
      try handle.seek(toOffset: 0)
    } else {
      ahead = first.isEmpty ? nil : first
    }
    let finding = survey.finding(isWhole: size != nil)
    return (finding, !finding.encoding.mark.isEmpty && first.starts(with: finding.encoding.mark))
  }

  /// What tells this file, asked for so, from others; nil for standard input, which has no name to be found by again.
  func subject(_ wishes: [String]) throws -> ImportMark.Subject? {
    guard let size, path != "-" else { return nil }
    let head = try handle.read(upToCount: Self.headLength) ?? Data()
    try handle.seek(toOffset: 0)
    let changed = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    return ImportMark.Subject(
      size: size, modified: Int64((changed?.timeIntervalSince1970 ?? 0) * 1000),
      head: ImportMark.Subject.digest(head), wishes: ImportMark.Subject.digest(wishes.joined(separator: "\u{0}").utf8))
  }
}
