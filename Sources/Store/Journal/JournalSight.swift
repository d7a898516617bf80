import Foundation

/// What can be seen of a process's journal with nothing made and nothing taken.
package struct JournalSight: Sendable {
  package var process: String
  /// Whether its process runs on this machine.
  package var isLiving: Bool
  /// Whether another process that runs has taken over what it left.
  package var isTaken: Bool
  package var entries: [Journal.Entry]
  /// Whether the file has another size than it was laid out with.
  package var isCut: Bool

  package init(
    process: String, isLiving: Bool, isTaken: Bool = false, entries: [Journal.Entry], isCut: Bool = false
  ) {
    self.process = process
    self.isLiving = isLiving
    self.isTaken = isTaken
    self.entries = entries
    self.isCut = isCut
  }
}

extension JournalFolder {
  /// The journals that are in a folder; none where there is no such folder.
  ///
  /// - Throws: ``StoreError/unavailable(_:)`` where the folder or a file in it cannot be read.
  package static func look(at path: String) throws -> [JournalSight] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try processes(in: path).map { process in
      let descriptor = open(path + "/" + process + suffix, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw StoreError.unavailable("a journal in \(path) cannot be read: \(reason)") }
      // The lock can be had only if nobody alive holds it. The medium closes the file, and that gives the lock back.
      let hold = JournalHold(of: descriptor)
      var file = stat()
      fstat(descriptor, &file)
      let journal = Journal(process: process, medium: FileMedium(descriptor: descriptor, size: Journal.size))
      return JournalSight(
        process: process, isLiving: hold == .byItsProcess, isTaken: hold == .bySuccessor,
        entries: try journal.entries(), isCut: Int(file.st_size) != Journal.size)
    }
  }
}
