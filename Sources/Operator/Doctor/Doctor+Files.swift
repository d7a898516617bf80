import Keeper
import Store
import Wire

extension Doctor {
  /// Less than this left on the disk is too little.
  private static let leastFreeBytes: Int64 = 100 << 20

  static let folder: Rule = { facts, folder in
    switch facts.folder {
    case .missing:
      [.problem(.folder, "\(folder.path) is not there.", "Name the data folder with --data; a server makes a new one.")]
    case .hidden:
      [
        .problem(
          .folder, "This user may not look at \(folder.path).", "Run as the user whom it belongs to, or with sudo.")
      ]
    case .notAFolder: [.problem(.folder, "\(folder.path) is no folder.", "Name the data folder with --data.")]
    case .seen(let mode, let isWritable, _):
      if !isWritable {
        [
          .problem(
            .folder, "\(folder.path) cannot be written by this user, or its disk is read-only.",
            "Change its owner, or run as the user whom it belongs to.")
        ]
      } else if mode & 0o077 != 0 {
        [.problem(.folder, "\(folder.path) can be read by others than its owner.", "Run: chmod 700 \(folder.path)")]
      } else {
        [.ok(.folder, "\(folder.path) is there and this user's alone.")]
      }
    }
  }

  static let server: Rule = { facts, _ in
    switch (facts.server, facts.rows?.needsServer) {
    case (.serving, _): [.ok(.server, "A server runs on this data.")]
    case (.starting, _): [.ok(.server, "A server is starting on this data.")]
    case (.silent(let process), _): [.noAnswer(of: process)]
    case (.none, false?):
      [.ok(.server, "No server runs on this data, and there is nothing for one to do: no key, and nothing connected.")]
    case (.none, true?): [.noServer]
    case (.unknown, _), (_, nil): [.unknown(.server, "whether a server runs that should")]
    }
  }

  static let space: Rule = { facts, _ in
    guard case .seen(_, _, let free?) = facts.folder else { return [.unknown(.space, "the disk does not tell")] }
    let megabytes = free >> 20
    return free < leastFreeBytes
      ? [.problem(.space, "\(megabytes) MB are left on the disk.", "Make room: a full disk stops every refresh.")]
      : [.ok(.space, "\(megabytes) MB are left on the disk.")]
  }

  static let key: Rule = { facts, folder in
    let path = folder.keyPath
    return switch facts.key {
    case .missing:
      [
        .problem(
          .key, "The key file \(path) is missing.",
          "Put the one back that belongs to this data; without it nothing opens. A server makes one for new data.")
      ]
    case .unreadable:
      [.problem(.key, "The key file \(path) cannot be read by this user.", "Run as the user whom it belongs to.")]
    case .damaged:
      [
        .problem(
          .key, "The key file \(path) is damaged: each line must be a number and 32 bytes in base64.",
          "Put it back from your own copy.")
      ]
    case .seen(let mode, let ring):
      mode & 0o077 != 0
        ? [.problem(.key, "The key file \(path) can be read by others than its owner.", "Run: chmod 600 \(path)")]
        : [.ok(.key, "The key file is there and its owner's alone; key \(ring.current) seals.")]
    }
  }

  static let store: Rule = { facts, folder in
    let path = folder.file(KeeperStore.name)
    switch facts.store {
    case .missing:
      return [.problem(.store, "There is no \(path).", "Begin with: evergrant client add, or restore a backup.")]
    case .hidden: return [.unknown(.store, "this user may not look at \(path)")]
    case .unusable where facts.isFull:
      return [.unknown(.store, "whether \(path) is whole: the disk is full, and a database is read with room to write")]
    case .unusable(let why):
      return [.problem(.store, "\(path) \(why).", "Restore a backup: evergrant restore FILE")]
    case .seen(let content):
      let readable = Finding.ok(.store, "\(path) is whole and can be read (schema \(content.version)).")
      return [readable, writing(content.writing, facts)]
    }
  }

  private static func writing(_ writing: DatabaseLook.Writing, _ facts: DoctorFacts) -> Finding {
    switch writing {
    case .refused where facts.isFull: .unknown(.store, "whether it can be written: the disk is full")
    case .possible(synchronous: 2): .ok(.store, "It can be written, and each commit is synced.")
    case .possible(let synchronous):
      .problem(
        .store, "Its commits would not be synced (synchronous reads \(synchronous), not 2).",
        "Use the SQLite of your system's packages: this one loses commits in a power cut.")
    case .refused(let reason):
      .problem(
        .store, "It cannot be written: \(reason).", "Check its owner and the disk; nothing is refreshed until then.")
    case .busy: .unknown(.store, "whether it can be written: others wrote all the time")
    }
  }

  static let witness: Rule = { facts, _ in
    let reading: WitnessReading
    switch facts.witness {
    case .unseen(let why): return [.unknown(.witness, why)]
    case .seen(let seen): reading = seen
    }
    if reading == .damaged { return [restored(.witnessUnreadable)] }
    guard let mark = facts.rows?.mark else {
      return [.unknown(.witness, "whether it agrees with the database: \(facts.blindness ?? "it is unread")")]
    }
    return [
      StoreMarks.Known(reading).staleness(of: mark).map(restored)
        ?? .ok(.witness, "The database is not older than its witness.")
    ]
  }

  private static func restored(_ cause: StaleCause) -> Finding {
    .problem(
      .witness, cause.words.sentence,
      "Start evergrant serve: it sets every connection apart, since a backup may have been put in the place of newer data. "
        + "Then check each: evergrant check NAME")
  }

  static let journals: Rule = { facts, _ in
    let journals: [JournalSight]
    switch facts.journals {
    case .unseen(let why): return [.unknown(.journal, why)]
    case .seen(let seen): journals = seen
    }
    let findings = journals.flatMap { judge($0, facts) }
    return findings.isEmpty ? [.ok(.journal, "No answer waits in a journal.")] : findings
  }

  private static func judge(_ journal: JournalSight, _ facts: DoctorFacts) -> [Finding] {
    let process = journal.process
    let late = tooLate(journal, facts)
    if journal.isLiving {
      let count = journal.entries.count - late.count
      return late + [.ok(.journal, "Its process runs; answers on their way into the store: \(count).", of: process)]
    }
    var findings = late
    if journal.isCut {
      findings.append(
        .problem(
          .journal, "Its process has ended, and the file has lost its end.", of: process,
          "Start evergrant serve: it lands what is left. A connection that is refused then must be approved again."))
    }
    guard !journal.entries.isEmpty else {
      return findings.isEmpty
        ? [.ok(.journal, "Its process has ended and left nothing.", of: process)] : findings
    }
    guard case .seen(_, let ring) = facts.key else {
      return findings + [.unknown(.journal, "whether its answers open: there is no key file to try", of: process)]
    }
    let opened = journal.entries.compactMap { try? Journaled(sealed: $0.bytes, ring) }
    let names = opened.filter { !isTooLate($0, facts) }.map(\.connection).sorted().joined(separator: ", ")
    if !names.isEmpty {
      findings.append(
        journal.isTaken
          ? .ok(.journal, "Its process has ended; another that runs keeps what it left for \(names).", of: process)
          : .problem(
            .journal, "Its process has ended before it stored the newest tokens of \(names).", of: process,
            "Start evergrant serve: it stores them."))
    }
    if opened.count < journal.entries.count {
      findings.append(
        .problem(
          .journal, "Its process has ended and left answers that do not open: \(journal.entries.count - opened.count).",
          of: process, "Put the key back that sealed them into the key file, then start evergrant serve."))
    }
    return findings
  }

  /// The approvals that nobody can finish any more: only a new one helps.
  private static func tooLate(_ journal: JournalSight, _ facts: DoctorFacts) -> [Finding] {
    guard case .seen(_, let ring) = facts.key else { return [] }
    return journal.entries.compactMap { try? Journaled(sealed: $0.bytes, ring) }.filter { isTooLate($0, facts) }.map {
      let name = $0.connection, isKnown = facts.rows?.connections.contains { $0.name == name } ?? false
      return .problem(
        .journal, "An approval of \(name) was not stored in time, and nobody can be asked any more who gave it.",
        of: journal.process,
        "Have it approved anew: evergrant \(isKnown ? "reconnect \(name)" : "connect \(name) --client …").")
    }
  }

  private static func isTooLate(_ journaled: Journaled, _ facts: DoctorFacts) -> Bool {
    guard case .approval(let answer) = journaled, facts.rows?.client(answer.client)?.provider?.asksWhoApproved ?? false,
      let end = try? answer.asksUntil()
    else { return false }
    return end <= facts.now
  }

  static let backup: Rule = { facts, _ in
    let record: BackupRecord
    switch facts.lastBackup {
    case .unseen(let why): return [.unknown(.backup, why)]
    case .seen(nil):
      guard let rows = facts.rows else {
        return [.unknown(.backup, "whether there is anything to back up: \(facts.blindness ?? "the store is unread")")]
      }
      if rows.connections.isEmpty { return [.ok(.backup, "There is nothing to back up yet.")] }
      return [.problem(.backup, "No backup was ever made.", "Make one each day: evergrant backup FILE --replace")]
    case .seen(let last?): record = last
    }
    if case .seen(_, let ring) = facts.key, !ring.ids.contains(record.key) {
      return [
        .problem(
          .backup,
          "The last backup, \(record.path), is sealed with key \(record.key), which the key file no longer holds.",
          "Make a new one: evergrant backup FILE")
      ]
    }
    let age = facts.now - record.at, days = age.milliseconds / Duration.days(1).milliseconds
    let says = "The last backup is \(days) days old: \(record.path)."
    return age > oldestBackup
      ? [.problem(.backup, says, "Make one each day: evergrant backup FILE --replace")] : [.ok(.backup, says)]
  }

  private static let oldestBackup = Duration.days(7)
}
