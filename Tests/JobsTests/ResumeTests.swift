import Contacts
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// An import whose process dies, and the next run of the same command.
struct ResumeTests {
  private struct Died: Error {}

  /// What outlives a process: the note of how far it was, and the files about rows, of which the last part may not be on disk.
  private final class Disk: Sendable {
    struct State {
      var note: [UInt8]?
      var told: [Int] = []
      var refused: [UInt8] = []
      var steps = 0
      var lastStep = Int.max
      var saves = 0
    }

    let state = Mutex(State())

    var isDead: Bool { state.withLock { $0.steps >= $0.lastStep } }

    /// Something happens; with the last step the process is gone, after what the step did elsewhere.
    func step() throws {
      if isDead { throw Died() }
      state.withLock { $0.steps += 1 }
    }

    /// A new process, which dies after so many steps.
    func revive(_ steps: Int) -> (mark: ImportMark, lengths: [String: Int64])? {
      state.withLock { state in
        state.lastStep = steps == .max ? .max : state.steps + steps
        let past = state.note.flatMap { ImportMark.read($0, of: ResumeTests.subject) }
        state.told = Array(state.told.prefix(Int(past?.lengths["report"] ?? 0)))
        state.refused = Array(state.refused.prefix(Int(past?.lengths["refused"] ?? 0)))
        return past
      }
    }
  }

  private static let subject = ImportMark.Subject(size: 1, modified: 2, head: 3, wishes: 4)

  /// Two dozen rows: some repeat others, some are refused by us, some by the API, of one person too.
  private static let csv: [UInt8] = {
    var rows = "email,first name,company\n"
    for number in 1...24 {
      switch number % 12 {
      case 3: rows += "nobody,No,\n"
      case 5: rows += "p\(number - 1)@example.org,Again,\n"
      case 7: rows += "q\(number)@example.org,bad,\n"
      case 8: rows += "q\(number - 1)@example.org,good,\n"
      case 9: rows += "r\(number)@example.org,\"open,Acme\n"
      default: rows += "p\(number)@example.org,Given\(number),\(number % 4 == 0 ? "Acme" : "")\n"
      }
    }
    return Array(rows.utf8)
  }()

  private func model(_ time: VirtualTime, _ disk: Disk, seed: UInt64) -> ModelContacts {
    ModelContacts(
      time, seed: seed, delay: { _, random in .milliseconds(Int64.random(in: 1...400, using: &random)) }
    ) { (_: Int, request: UpstreamRequest) -> UpstreamResponse? in
      try disk.step()
      let isBad = request.body.map { String(decoding: $0, as: UTF8.self).contains("\"bad\"") } == true
      return isBad ? UpstreamResponse(status: 400, body: Array(#"{"message":"no"}"#.utf8)) : nil
    }
  }

  /// One process.
  /// - Returns: what it told at its end; nil where it died.
  private func run(
    _ disk: Disk, _ model: ModelContacts, _ time: VirtualTime, seed: UInt64, steps: Int, savesEvery: Int,
    inBatches: Bool = false
  ) async throws -> CustomerImport.Report? {
    let past = disk.revive(steps), result = Mutex<CustomerImport.Report?>(nil)
    try await simulated(seed: seed, on: time) {
      var report = CustomerImport.Report(), count = 0
      let keeping = CustomerImport.Keeping {
        count += 1
        return count.isMultiple(of: savesEvery)
      } save: { mark in
        try disk.step()
        disk.state.withLock { state in
          let lengths = ["report": Int64(state.told.count), "refused": Int64(state.refused.count)]
          state.note = mark.saved(Self.subject, lengths: lengths)
          state.saves += 1
        }
      }
      let api = ContactAPI(upstream: model, clock: time.clock)
      let upsert = ContactUpsert(api, match: .email, inBatches: inBatches)
      do {
        try await CustomerImport(upsert, match: .email)
          .run(pieces(Self.csv), after: past?.mark ?? ImportMark(), report: &report, keeping: keeping) { row, told in
            try disk.step()
            let refused = RefusedRows(encoding: .utf8, isMarked: false, header: told.header, delimiter: told.delimiter)
            disk.state.withLock { state in
              state.told.append(row.line)
              guard case .refused(let reason) = row.outcome else { return }
              if state.refused.isEmpty { state.refused += refused.head }
              state.refused += refused.line(row.raw, because: reason)
            }
          }
        result.withLock { $0 = report }
      } catch {}
    }
    return result.withLock(\.self)
  }

  private func check(_ disk: Disk, _ model: ModelContacts, _ report: CustomerImport.Report, _ what: String) throws {
    let state = disk.state.withLock(\.self)
    #expect(state.told == Array(2...25), "\(what)")
    #expect(report.rows == 24 && report.refused == 6 && report.repeated == 2, "\(what): \(report)")
    #expect(report.created + report.updated + report.unchanged == 16, "\(what)")
    let emails = model.contacts.compactMap(\.email)
    #expect(Set(emails).count == emails.count && emails.count == 16, "\(what)")
    #expect(model.state.withLock(\.companies).count <= 1, "\(what)")
    var file = CustomerFile()
    let rows = try file.feed(state.refused) + file.finish()
    #expect(rows.count == 6, "\(what)")
  }

  @Test(
    "P43: an import that dies at any step goes on, and each row is settled and told of once", arguments: [1, 7],
    [false, true])
  func everyStep(savesEvery: Int, inBatches: Bool) async throws {
    var steps = 1
    while true {
      let time = VirtualTime(), disk = Disk(), model = model(time, disk, seed: UInt64(steps))
      let first = try await run(
        disk, model, time, seed: UInt64(steps), steps: steps, savesEvery: savesEvery, inBatches: inBatches)
      var report = first
      if report == nil {
        report = try await run(
          disk, model, time, seed: UInt64(steps) + 1, steps: .max, savesEvery: savesEvery, inBatches: inBatches)
      }
      let what = "died at step \(steps), saved every \(savesEvery)\(inBatches ? ", in batches" : "")"
      try check(disk, model, try #require(report), what)
      if first != nil { break }
      steps += savesEvery == 1 ? 1 : 3
    }
    #expect(steps > 30)
  }

  @Test(
    "P43: one that dies again and again comes to its end, since what is settled stays settled",
    arguments: UInt64(1)...12)
  func againAndAgain(seed: UInt64) async throws {
    let time = VirtualTime(), disk = Disk(), model = model(time, disk, seed: seed)
    var report: CustomerImport.Report?, lives = 0
    while report == nil, lives < 100 {
      lives += 1
      report = try await run(disk, model, time, seed: seed + UInt64(lives), steps: 25, savesEvery: 3)
    }
    #expect(lives > 2)
    try check(disk, model, try #require(report), "seed \(seed), \(lives) lives")
  }

  @Test("a note of another file, of other wishes, or of no note says nothing")
  func otherSubject() throws {
    var mark = ImportMark(line: 7)
    mark.beyond = [9: .created, 10: .unchanged, 12: .told]
    mark.refusedLines = [4]
    (mark.report.rows, mark.report.created) = (5, 4)
    let saved = mark.saved(Self.subject, lengths: ["report": 120])
    let read = try #require(ImportMark.read(saved, of: Self.subject))
    #expect(read.mark == mark && read.lengths == ["report": 120])
    for path in [\ImportMark.Subject.size, \.modified] {
      var other = Self.subject
      other[keyPath: path] += 1
      #expect(ImportMark.read(saved, of: other) == nil)
    }
    for path in [\ImportMark.Subject.head, \.wishes] {
      var other = Self.subject
      other[keyPath: path] += 1
      #expect(ImportMark.read(saved, of: other) == nil)
    }
    for length in 0..<(saved.count - 2) { #expect(ImportMark.read(saved.prefix(length), of: Self.subject) == nil) }
  }

  @Test("a file that cannot take a refused row ends the import, and what was noted before counts")
  func fullDisk() async throws {
    let time = VirtualTime(), disk = Disk(), model = model(time, disk, seed: 3)
    let saves = Mutex<[ImportMark]>([])
    try await simulated(on: time) {
      var report = CustomerImport.Report()
      let keeping = CustomerImport.Keeping(isDue: { true }) { mark in saves.withLock { $0.append(mark) } }
      let upsert = ContactUpsert(ContactAPI(upstream: model, clock: time.clock), match: .email)
      do {
        try await CustomerImport(upsert, match: .email)
          .run(pieces(Self.csv), report: &report, keeping: keeping) { row, _ in if row.line == 20 { throw Died() } }
      } catch {}
      #expect(report.resumeAt == nil)
    }
    let marks = saves.withLock { $0 }
    let last = try #require(marks.last)
    #expect(last.line <= 20 && last.report.rows <= 18)
    #expect(!last.beyond.keys.contains(20))
  }
}
