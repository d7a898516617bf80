import Foundation
import Jobs
import Store
import Wire

/// Where an import notes how far it is, so that the next run goes on there: beside the file, or in the user's own folder where
/// that cannot be written to. It holds numbers of lines and nothing of what stands in them.
final class ProgressFile {
  /// How often it is written, from the first row that is settled: what was settled since is done again after a crash.
  private static let pause = Duration.seconds(1)
  static let ending = ".evergrant-progress"

  let path: String
  private let subject: ImportMark.Subject
  private var savedAt: Uptime?
  /// Whether it says where the import is.
  private(set) var isKept = false
  private var isBroken = false

  /// - Returns: nil where there is no place for it.
  init?(for file: String, _ subject: ImportMark.Subject) {
    guard let path = Self.place(for: file) else { return nil }
    self.path = path
    self.subject = subject
  }

  private static func place(for file: String) -> String? {
    let beside = file + ending, folder = DataFolder.parent(of: beside)
    if access(folder.isEmpty ? "." : folder, W_OK) == 0 { return beside }
    let environment = ProcessInfo.processInfo.environment
    guard let state = environment["XDG_STATE_HOME"] ?? environment["HOME"].map({ $0 + "/.local/state" }) else {
      return nil
    }
    let own = state + "/evergrant"
    try? FileManager.default.createDirectory(
      atPath: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let whole = URL(filePath: file).standardizedFileURL.path
    return access(own, W_OK) == 0 ? own + "/\(String(ImportMark.Subject.digest(whole.utf8), radix: 16))\(ending)" : nil
  }

  /// What earlier runs have settled; nil where they have not, or were about another file or with other wishes.
  func past() -> (mark: ImportMark, lengths: [String: Int64])? {
    var status = stat()
    // One that somebody else may have put there would have rows left out.
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
      status.st_mode & 0o022 == 0, let text = FileManager.default.contents(atPath: path),
      let past = ImportMark.read(text, of: subject)
    else { return nil }
    isKept = true
    return past
  }

  func isDue() -> Bool {
    guard let savedAt, !isBroken else { return !isBroken }
    return WallClock.system.uptime() - savedAt >= Self.pause
  }

  func save(_ mark: ImportMark, _ lengths: [String: Int64]) {
    guard !isBroken, mark.report.rows > 0 else { return }
    savedAt = WallClock.system.uptime()
    do {
      try DataFolder.replace(path, by: String(decoding: mark.saved(subject, lengths: lengths), as: UTF8.self))
      isKept = true
    } catch {
      isBroken = true
      say("How far the import is cannot be noted, and it goes on all the same. \(error)")
    }
  }

  /// The import is over.
  func remove() {
    unlink(path)
    isKept = false
  }
}
