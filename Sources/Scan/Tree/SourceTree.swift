import Foundation

/// The sources below a folder, or one file, in the order of their names.
///
/// Symbolic links are not followed, and neither is what keeps versions or other people's JavaScript looked into.
package struct SourceTree {
  package enum Entry: Sendable {
    case source(file: String, bytes: [UInt8], Language)
    case unread(ScanReport.Unread)
  }

  /// What is named cannot be scanned.
  package struct Unfit: Error, CustomStringConvertible {
    package var description: String
  }

  package static let largestFile = 8 << 20
  package static let deepest = 64
  static let skipped: Set<String> = [".git", ".svn", ".hg", "node_modules"]

  /// The folder that files are named from.
  package let root: String
  /// The same as it was typed, which a file's name is put behind; empty for the folder of the person.
  package let typed: String
  /// What is still to be looked at, the next one last.
  private var open: [(file: String, depth: Int)]
  /// Whether one file was named, which is read whatever its name is.
  private let isOneFile: Bool

  /// - Throws: ``Unfit`` where nothing is there.
  package init(path: String) throws(Unfit) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Unfit(description: "There is no file or folder \(path).") }
    isOneFile = status.st_mode & S_IFMT != S_IFDIR
    guard !isOneFile || status.st_mode & S_IFMT == S_IFREG else {
      throw Unfit(description: "\(path) is neither a folder nor a file with code.")
    }
    // A file is read by the name that it was given, whatever it is linked to.
    let parts = path.split(separator: "/")
    let name = isOneFile ? String(parts.last ?? "") : ""
    let folder = isOneFile ? String(path.dropLast(name.count)) : path
    guard let real = realpath(folder.isEmpty ? "." : folder, nil) else {
      throw Unfit(description: "The folder of \(path) cannot be entered.")
    }
    defer { free(real) }
    root = String(cString: real)
    typed = path == "." ? "" : isOneFile || path.hasSuffix("/") ? folder : path + "/"
    open = [(name, 0)]
  }

  /// - Returns: nil when all has been read.
  package mutating func next() -> Entry? {
    while let (file, depth) = open.popLast() {
      switch kind(of: file) {
      case S_IFDIR: if let unread = enter(file, depth) { return unread }
      case S_IFREG: if let entry = read(file) { return entry }
      case nil: return unread(file, "it cannot be found by its name")
      // What is no file, such as a pipe, is never opened: it might wait for ever.
      default: break
      }
    }
    return nil
  }

  private func path(_ file: String) -> String { file.isEmpty ? root : root + "/" + file }

  /// Of the link itself where a file in a folder is one; nil where nothing can be known of it.
  private func kind(of file: String) -> mode_t? {
    var status = stat()
    let isLinkMeant = !isOneFile && !file.isEmpty
    let result = isLinkMeant ? lstat(path(file), &status) : stat(path(file), &status)
    return result == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Puts what is in a folder before what is still to be looked at.
  private mutating func enter(_ folder: String, _ depth: Int) -> Entry? {
    guard depth <= Self.deepest else {
      return unread(folder, "it lies more than \(Self.deepest) folders deep")
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path(folder)) else {
      return unread(folder.isEmpty ? "." : folder, "this folder cannot be read")
    }
    let files = names.filter { !Self.skipped.contains($0) }.sorted(by: >)
    open += files.map { (folder.isEmpty ? $0 : folder + "/" + $0, depth + 1) }
    return nil
  }

  /// UTF-16 with a byte order mark, as some editors of Windows write it, in UTF-8; anything else as it is.
  private static func withoutWideLetters(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) else { return bytes }
    return String(bytes: bytes, encoding: .utf16).map { Array($0.utf8) } ?? bytes
  }

  private func unread(_ file: String, _ reason: String) -> Entry {
    .unread(ScanReport.Unread(file: file, reason: reason))
  }

  /// - Returns: nil for what is no source.
  private func read(_ file: String) -> Entry? {
    let named = Language.named(file)
    // A name without an ending may be a program's.
    guard named != nil || isOneFile || file.split(separator: "/").last?.contains(".") == false else { return nil }
    guard let handle = FileHandle(forReadingAtPath: path(file)) else { return unread(file, "it cannot be read") }
    defer { try? handle.close() }
    do {
      let head = Array(try handle.read(upToCount: 200) ?? Data())
      guard let language = named ?? Language.told(by: head) else {
        return isOneFile ? unread(file, "its language is not known by its name or its first line") : nil
      }
      let bytes = head + (try handle.read(upToCount: Self.largestFile + 1) ?? Data())
      if bytes.count > Self.largestFile { return unread(file, "it is larger than \(Self.largestFile >> 20) MiB") }
      return .source(file: file, bytes: Self.withoutWideLetters(bytes), language)
    } catch {
      return unread(file, "it cannot be read")
    }
  }
}
