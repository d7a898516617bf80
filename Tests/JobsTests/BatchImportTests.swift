import Contacts
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// Rows of a file that go many in one call, where the API has that.
struct BatchImportTests {
  private struct Ending {
    var rows: [CustomerImport.Row] = []
    var report = CustomerImport.Report()
    var error: String?
  }

  private func importing(
    _ csv: String, to model: ModelContacts, on time: VirtualTime, _ match: MatchRule = .email, seed: UInt64 = 1,
    inBatches: Bool = true, piece: Int = 64 << 10, stopAfter: Int = .max, past: ImportMark = ImportMark()
  ) async throws -> Ending {
    let ending = Mutex(Ending())
    try await simulated(seed: seed, on: time) {
      var report = CustomerImport.Report()
      let isStopping = { @Sendable in ending.withLock { $0.rows.count } >= stopAfter }
      let api = ContactAPI(upstream: model, clock: time.clock, isStopping: isStopping)
      let upsert = ContactUpsert(api, match: match, inBatches: inBatches)
      do {
        try await CustomerImport(upsert, match: match, isStopping: isStopping)
          .run(pieces(Array(csv.utf8), of: piece), after: past, report: &report) { row, _ in
            ending.withLock { $0.rows.append(row) }
          }
      } catch { ending.withLock { $0.error = "\(error)" } }
      ending.withLock { $0.report = report }
    }
    return ending.withLock(\.self)
  }

  private func people(_ count: Int) -> String {
    "email,first name\n" + (1...count).map { "p\($0)@example.org,Given\($0)\n" }.joined()
  }

  @Test("a hundred rows go in each call, told in the file's order, none is looked for, and again all are unchanged")
  func hundreds() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    let first = try await importing(people(401), to: model, on: time)
    #expect(first.error == nil && first.report.created == 401)
    #expect(first.rows.map(\.line) == Array(2...402) && first.rows.allSatisfy { $0.id != nil })
    #expect(model.state.withLock(\.batches) == [1] + Array(repeating: 100, count: 4))
    #expect(model.state.withLock { $0.calls == 5 && $0.mostAtOnce <= BatchOffer.width })
    let again = try await importing(people(401), to: model, on: time)
    #expect(again.report.unchanged == 401 && model.contacts.count == 401)
  }

  @Test(
    "an API without such a call, a key that may not, and a gateway that fails at it get a row in each call",
    arguments: [
      (404, #"{"message":"no such resource"}"#), (404, ""), (404, #"{"error":{"code":"no_route","message":"no"}}"#),
      (403, #"{"error":{"code":"not_allowed","message":"no"}}"#), (400, #"{"message":"no"}"#), (405, ""), (502, ""),
      (200, "<html></html>"),
    ])
  func notOffered(status: Int, body: String) async throws {
    let time = VirtualTime(), asked = Mutex(0)
    let model = ModelContacts(
      time,
      answer: { _, request in
        guard request.target.hasPrefix(ContactUpsert.batchPath) else { return nil }
        asked.withLock { $0 += 1 }
        return UpstreamResponse(status: status, body: Array(body.utf8))
      })
    let ending = try await importing(people(40), to: model, on: time)
    #expect(ending.error == nil && ending.report.created == 40 && model.contacts.count == 40)
    #expect(asked.withLock(\.self) == (status == 502 ? 2 : 1))
  }

  @Test("who is told at first to come again later goes on to send many rows in each call", arguments: [429, 503])
  func busy(status: Int) async throws {
    let time = VirtualTime()
    let model = ModelContacts(
      time,
      answer: { number, _ in
        guard number <= 5 else { return nil }
        let body = Array(#"{"code":"busy","message":"Many batches wait already"}"#.utf8)
        return UpstreamResponse(status: status, headers: ["retry-after": "2"], body: body)
      })
    let ending = try await importing(people(40), to: model, on: time)
    #expect(ending.error == nil && ending.report.created == 40)
    #expect(model.state.withLock(\.batches) == [1, 39])
  }

  @Test("a call for many that fails later is about its own rows, which go one by one")
  func tooLong() async throws {
    let time = VirtualTime(), asked = Mutex(0)
    let model = ModelContacts(
      time,
      answer: { _, request in
        guard request.target.hasPrefix(ContactUpsert.batchPath) else { return nil }
        let number = asked.withLock { asked in
          asked += 1
          return asked
        }
        return number == 2 ? UpstreamResponse(status: 413, body: Array(#"{"message":"too long"}"#.utf8)) : nil
      })
    let ending = try await importing(people(301), to: model, on: time)
    #expect(ending.error == nil && ending.report.created == 301 && model.contacts.count == 301)
    #expect(model.state.withLock(\.batches) == [1, 100, 100])
  }

  @Test("a call that came too slowly, through a keeper that stood still, is sent again", arguments: [false, true])
  func slow(inBatches: Bool) async throws {
    let time = VirtualTime(), seen = Mutex<Set<String>>([])
    let model = ModelContacts(
      time,
      answer: { _, request in
        let call = "\(request.target) \(String(decoding: request.body ?? [], as: UTF8.self))"
        guard seen.withLock({ $0.insert(call).inserted }) else { return nil }
        return UpstreamResponse(status: 408, body: Array(#"{"error":{"code":"body_too_slow","message":"no"}}"#.utf8))
      })
    let ending = try await importing(people(30), to: model, on: time, inBatches: inBatches)
    #expect(ending.error == nil && ending.report.created == 30 && ending.report.refused == 0)
  }

  @Test("rows that are long go in more calls, none of which is too long for the keeper to send it again")
  func long() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    let text = String(repeating: "é\"", count: 1500)
    let quoted = text.replacing("\"", with: "\"\"")
    let csv = "email,suffix\n" + (1...120).map { "p\($0)@example.org,\"\(quoted)\"\n" }.joined()
    let ending = try await importing(csv, to: model, on: time)
    #expect(ending.report.created == 120 && model.contacts.allSatisfy { $0[.suffix] == text })
    let state = model.state.withLock(\.self)
    #expect(state.batches.reduce(0, +) == 120 && state.batches.count < 30)
    #expect(state.longestBatch > 40 << 10 && state.longestBatch < 64 << 10)
  }

  @Test("among others, a refused row is refused in the API's words, and what stands for two contacts goes by itself")
  func beside() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    model.state.withLock { state in
      state.refusals = ["p3@example.org": "no such thing", "p5@example.org": "there is no region US-ZZ"]
      var old = Contact()
      old.emails = [EmailAddress("p7@example.org")]
      state.contacts = [(1, old), (2, old)]
    }
    let csv =
      "email,first name,state,country\n" + (1...9).map { "p\($0)@example.org,Given\($0),AZ,United States\n" }.joined()
    let rows = try await importing(csv, to: model, on: time).rows
    try #require(rows.map(\.line) == Array(2...10))
    #expect(rows[2].outcome == .refused("no such thing") && rows[2].raw.starts(with: Array("p3@".utf8)))
    #expect(rows[4].outcome == .created)
    #expect(rows[4].warnings == ["the region was left out: there is no region US-ZZ"])
    #expect(rows[6].outcome == .updated && rows[6].id == "1")
    #expect(rows.indices.filter { ![2, 4, 6].contains($0) }.allSatisfy { rows[$0].outcome == .created })
    #expect(model.state.withLock(\.batches) == [1, 8])
  }

  @Test("P43: what a batch answered counts, though a row of it fails that goes by itself")
  func besideFailure() async throws {
    let time = VirtualTime()
    let model = ModelContacts(
      time,
      answer: { _, request in
        request.target.hasPrefix(ContactUpsert.batchPath) ? nil : UpstreamResponse(status: 401, body: [])
      })
    model.state.withLock { state in
      var old = Contact()
      old.emails = [EmailAddress("p7@example.org")]
      state.contacts = [(1, old), (2, old)]
    }
    let ending = try await importing(people(9), to: model, on: time)
    #expect(ending.error != nil && ending.report.created == 8 && ending.report.resumeAt == 8)
    #expect(ending.rows.map(\.line) == [2, 3, 4, 5, 6, 7, 9, 10])
    #expect(ending.rows.allSatisfy { $0.outcome == .created } && model.contacts.count == 10)
  }

  @Test("P43: of rows that go in several calls those count that were answered, though the next call fails")
  func failedPart() async throws {
    let time = VirtualTime()
    let model = ModelContacts(
      time,
      answer: { number, _ in
        number > 2 ? UpstreamResponse(status: 401, body: []) : nil
      })
    let text = String(repeating: "é", count: 3000)
    let csv = "email,suffix\n" + (1...30).map { "p\($0)@example.org,\(text)\n" }.joined()
    let ending = try await importing(csv, to: model, on: time, piece: 1 << 20)
    let written = model.contacts.count
    #expect(ending.error != nil && (3...29).contains(written))
    #expect(ending.report.created == written && ending.report.resumeAt == written + 2)
    #expect(ending.rows.map(\.line) == Array(2..<(written + 2)))
  }

  @Test(
    "P43: rows in batches come to what they come to one by one, whoever repeats whom and whoever is refused",
    arguments: UInt64(1)...20)
  func alike(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed), csv = "email,first name,last name\n"
    for number in 1...400 {
      let person = Int.random(in: 1...150, using: &random)
      csv +=
        Int.random(in: 0..<20, using: &random) == 0
        ? "nobody,No\(number),\n" : "p\(person)@example.org,G\(Int.random(in: 0...1, using: &random)),F\n"
    }
    let match: MatchRule = seed.isMultiple(of: 2) ? .email : .emailAndName
    let refusals = Dictionary(uniqueKeysWithValues: (1...9).map { ("p\($0 * 7)@example.org", "no") })
    var endings: [(outcomes: [String], contacts: Set<String>)] = []
    for inBatches in [false, true] {
      let time = VirtualTime()
      let model = ModelContacts(
        time, seed: seed, delay: { _, random in .milliseconds(Int64.random(in: 1...300, using: &random)) })
      model.state.withLock { $0.refusals = refusals }
      let ending = try await importing(csv, to: model, on: time, match, seed: seed, inBatches: inBatches, piece: 4000)
      #expect(ending.error == nil && model.state.withLock(\.twins) == 0, "seed \(seed)")
      let contacts = model.contacts.map { "\($0.email ?? "") \($0[.givenName] ?? "") \($0[.familyName] ?? "")" }
      #expect(Set(contacts).count == contacts.count)
      endings.append((ending.rows.map { "\($0.line) \($0.outcome)" }, Set(contacts)))
      #expect(model.state.withLock(\.batches).isEmpty != inBatches)
    }
    #expect(endings[0].outcomes == endings[1].outcomes, "seed \(seed)")
    #expect(endings[0].contacts == endings[1].contacts, "seed \(seed)")
  }

  @Test("P43: one that is stopped goes on where it was, and each row is told of once", arguments: UInt64(1)...5)
  func stopped(seed: UInt64) async throws {
    let time = VirtualTime()
    let model = ModelContacts(
      time, seed: seed, delay: { _, random in .milliseconds(Int64.random(in: 1...300, using: &random)) })
    let first = try await importing(
      people(900), to: model, on: time, seed: seed, piece: 1000, stopAfter: Int(seed) * 50)
    let line = try #require(first.report.resumeAt)
    #expect(first.error == "Stopped()" && first.rows.prefix(line - 2).map(\.line) == Array(2..<line))
    let second = try await importing(people(900), to: model, on: time, seed: seed, past: ImportMark(line: line))
    #expect(second.rows.map(\.line) == Array(line...901))
    // What was under way when it stopped was waited for, and is unchanged where it comes again.
    #expect(first.report.created + second.report.created == 900 && model.contacts.count == 900)
  }
}
