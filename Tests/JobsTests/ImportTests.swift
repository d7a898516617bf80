import Contacts
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// The import as it meets an API: fast and slow, with limits, with faults, and with one person on several rows.
struct ImportTests {
  /// The connection to the API was cut.
  private struct Cut: Error {}

  /// How an import ended.
  struct Ending: Sendable {
    var rows: [CustomerImport.Row] = []
    var report = CustomerImport.Report()
    var halt: ContactAPI.Halt?
    var isStopped = false
    /// What it took, in virtual time.
    var took = Duration.zero
  }

  /// Imports a file under a seeded order of events, on virtual time.
  private func importing(
    _ csv: String, _ match: MatchRule = .email, from line: Int = 1, seed: UInt64 = 1, isDry: Bool = false,
    stopAfter: Int = .max, on time: VirtualTime = VirtualTime(), _ api: (VirtualTime) -> ModelContacts
  ) async throws -> Ending {
    let model = api(time), executor = SeededExecutor(seed: seed, time: time)
    let end = Mutex(Ending())
    let isStopping = { @Sendable in end.withLock { $0.rows.count } >= stopAfter }
    let upsert =
      isDry
      ? nil : ContactUpsert(ContactAPI(upstream: model, clock: time.clock, isStopping: isStopping), match: match)
    let start = time.clock.uptime()
    let stuck: SeededExecutor.Stuck? = await withCheckedContinuation { continuation in
      // It keeps its thread until it is over, so the thread is none of the pool's.
      Thread.detachNewThread {
        do throws(SeededExecutor.Stuck) {
          try executor.run {
            // Pieces that end in the midst of a row.
            var pieces = Array(csv.utf8)[...], report = CustomerImport.Report()
            func piece() -> [UInt8]? {
              defer { pieces = pieces.dropFirst(97) }
              return pieces.isEmpty ? nil : Array(pieces.prefix(97))
            }
            do {
              try await CustomerImport(upsert, match: match, isStopping: isStopping)
                .run(piece, after: ImportMark(line: line), report: &report) { row, _ in
                  end.withLock { $0.rows.append(row) }
                }
            } catch let halt as ContactAPI.Halt {
              end.withLock { $0.halt = halt }
            } catch {
              end.withLock { $0.isStopped = error is ContactAPI.Stopped }
            }
            end.withLock { $0.report = report }
          }
          continuation.resume(returning: nil)
        } catch { continuation.resume(returning: error) }
      }
    }
    if let stuck { throw stuck }
    return end.withLock { end in
      end.took = time.clock.uptime() - start
      return end
    }
  }

  private func people(_ count: Int, company: String = "") -> String {
    "Email,First Name,Company\n" + (1...count).map { "p\($0)@example.org,Given\($0),\(company)\n" }.joined()
  }

  @Test(
    "sixteen rows are under way at once, none waits for a slow one beside it, and the report is in the file's order")
  func window() async throws {
    let held = Mutex<ModelContacts?>(nil)
    let end = try await importing(people(400)) { time in
      let model = ModelContacts(
        time,
        delay: { email, _ in
          email.contains("0@") || email.contains("5@") ? .seconds(10) : .seconds(1)
        })
      held.withLock { $0 = model }
      return model
    }
    let model = try #require(held.withLock { $0 })
    #expect(model.state.withLock(\.mostAtOnce) == 16)
    #expect(end.rows.map(\.line) == Array(2...401))
    #expect(end.rows.allSatisfy { $0.outcome == .created && $0.id != nil })
    // 80 slow rows and 320 fast ones on sixteen ways, and far more where each waits for its neighbours.
    #expect(end.took < .seconds(280))
  }

  @Test(
    "an API's limit is never met while its answers name it",
    arguments: [
      ModelContacts.Limit(inMinute: 1500, inSecond: 25), ModelContacts.Limit(inMinute: 240, inSecond: 5),
      ModelContacts.Limit(inMinute: 300, inSecond: 100),
    ])
  func limit(_ limit: ModelContacts.Limit) async throws {
    for seed in UInt64(1)...2 {
      let held = Mutex<ModelContacts?>(nil)
      let end = try await importing(people(300), seed: seed) { time in
        let model = ModelContacts(time, limit: limit, seed: seed) { _, random in
          .milliseconds(Int64.random(in: 20...400, using: &random))
        }
        held.withLock { $0 = model }
        return model
      }
      #expect(end.report.created == 300)
      #expect(held.withLock { $0?.state.withLock(\.throttled) } == 0)
      // It is used, too: two calls a row.
      let atBest = 600 * 60 / limit.inMinute
      #expect(end.took < .seconds(atBest * 3 / 2 + 20))
    }
  }

  @Test("a limit that nobody names is met seldom, all calls rest then, and every row is taken")
  func silentLimit() async throws {
    let held = Mutex<ModelContacts?>(nil)
    let end = try await importing(people(400)) { time in
      let model = ModelContacts(time, limit: .init(inMinute: 600, inSecond: 15, isTold: false))
      held.withLock { $0 = model }
      return model
    }
    let state = try #require(held.withLock { $0 })
    #expect(end.report.created == 400 && end.halt == nil)
    #expect(state.state.withLock(\.throttled) < 80)
  }

  @Test(
    "a paused connection and one that needs approval end an import at its first call",
    arguments: ["paused", "needs_approval"])
  func personNeeded(_ code: String) async throws {
    let held = Mutex<ModelContacts?>(nil)
    let end = try await importing(people(100)) { time in
      let model = ModelContacts(
        time,
        answer: { _, _ in
          UpstreamResponse(status: 403, body: Array(#"{"error":{"code":"\#(code)","message":"What to do."}}"#.utf8))
        })
      held.withLock { $0 = model }
      return model
    }
    #expect(end.halt == ContactAPI.Halt(description: "What to do.", needsPerson: true))
    #expect(end.took < .seconds(1))
    #expect(held.withLock { $0?.state.withLock(\.calls) } == 1)
  }

  @Test("of two rows of one person the first counts, whatever the other says, and a second run writes nothing")
  func repeats() async throws {
    let csv = """
      email,first_name,last_name,company,phone
      ada@example.org,Ada,Quill,Acme,1
      ben@example.org,Ben,Lee,Acme,2
      ADA@example.org,Ada,Marsh,Acme,3
      ada@example.org,ada,QUILL,Other,4

      """
    let expected: [(MatchRule, [Int: Int])] = [
      (.email, [4: 2, 5: 2]), (.emailAndName, [5: 2]), (.emailAndNameAndCompany, [:]),
    ]
    for (rule, repeats) in expected {
      for isDry in [true, false] {
        let held = Mutex<ModelContacts?>(nil)
        let time = VirtualTime()
        let end = try await importing(csv, rule, isDry: isDry, on: time) { time in
          let model = ModelContacts(time)
          held.withLock { $0 = model }
          return model
        }
        let told = end.rows.compactMap { row -> (Int, Int)? in
          if case .repeated(let first) = row.outcome { (row.line, first) } else { nil }
        }
        #expect(Dictionary(uniqueKeysWithValues: told) == repeats, "\(rule)")
        #expect(end.report.repeated == repeats.count)
        guard !isDry, let model = held.withLock({ $0 }) else { continue }
        let before = model.contacts, writes = model.state.withLock(\.writes)
        #expect(before.first?.phones.first?.number == "1")
        let again = try await importing(csv, rule, on: time) { _ in model }
        #expect(model.contacts == before && model.state.withLock(\.writes) == writes)
        #expect(again.report.unchanged == 4 - repeats.count)
      }
    }
  }

  @Test("where the API refuses a person's first row the next one has its turn, at every run the same")
  func refusedThenRepeated() async throws {
    let csv = "email,first_name\na@example.org,bad\na@example.org,good\na@example.org,late\n"
    for seed in UInt64(1)...10 {
      let end = try await importing(csv, seed: seed) { time in
        ModelContacts(
          time,
          answer: { _, request in
            request.body.map { String(decoding: $0, as: UTF8.self).contains("bad") } == true
              ? UpstreamResponse(status: 400, body: Array(#"{"message":"no"}"#.utf8)) : nil
          })
      }
      #expect(end.rows.map(\.outcome) == [.refused("no"), .created, .repeated(of: 3)])
    }
  }

  @Test("whatever is slow, cut or refused for a while, each row is told of once, in order, and is there once")
  func faults() async throws {
    let csv =
      people(120) + people(60, company: "Acme").split(separator: "\n").dropFirst().joined(separator: "\n") + "\n"
    for seed in UInt64(1)...12 {
      let held = Mutex<ModelContacts?>(nil), dice = Mutex(SeededGenerator(seed: seed))
      let end = try await importing(csv, seed: seed) { time in
        let model = ModelContacts(
          time, seed: seed, delay: { _, random in .milliseconds(Int64.random(in: 1...3000, using: &random)) }
        ) { (_: Int, _: UpstreamRequest) -> UpstreamResponse? in
          switch dice.withLock({ Int.random(in: 0..<40, using: &$0) }) {
          case 0: throw Cut()
          case 1: UpstreamResponse(status: 502, body: [])
          case 2: UpstreamResponse(status: 503, headers: ["retry-after": "5"], body: [])
          default: nil
          }
        }
        held.withLock { $0 = model }
        return model
      }
      let model = try #require(held.withLock { $0 })
      #expect(end.halt == nil && end.rows.map(\.line) == Array(2...181), "seed \(seed)")
      #expect(end.report.repeated == 60 && end.report.created + end.report.unchanged + end.report.updated == 120)
      #expect(Set(model.contacts.compactMap(\.email)).count == 120 && model.contacts.count == 120)
      #expect(model.state.withLock(\.mostAtOnce) <= 16)
    }
  }

  @Test(
    "an import that is stopped says what was done and where to go on, and from there nothing is left out or done twice")
  func stopping() async throws {
    let csv = people(200)
    for (seed, stop) in [(UInt64(1), 1), (2, 40), (3, 120)] {
      let held = Mutex<ModelContacts?>(nil), time = VirtualTime()
      let first = try await importing(csv, seed: seed, stopAfter: stop, on: time) { time in
        let model = ModelContacts(time, seed: seed) { _, random in
          .milliseconds(Int64.random(in: 1...500, using: &random))
        }
        held.withLock { $0 = model }
        return model
      }
      let model = try #require(held.withLock { $0 })
      #expect(first.isStopped && first.rows.count >= stop && first.rows.count < stop + 64)
      let line = try #require(first.report.resumeAt)
      #expect(Set(first.rows.map(\.line)).isSuperset(of: 2..<line) && !first.rows.map(\.line).contains(line))
      let second = try await importing(csv, from: line, seed: seed, on: time) { _ in model }
      #expect(second.rows.map(\.line) == Array(line...201))
      #expect(second.rows.filter { $0.outcome == .created }.count + first.rows.count == 200)
      #expect(model.contacts.count == 200)
    }
  }

  @Test("who goes on from a line still knows the people of the lines before it")
  func repeatsBeforeTheStart() async throws {
    let csv = "email,first_name\na@example.org,A\nb@example.org,B\na@example.org,C\n"
    let end = try await importing(csv, from: 3) { ModelContacts($0) }
    #expect(end.rows.map(\.outcome) == [.created, .repeated(of: 2)])
  }

  @Test("where nobody is there yet a row comes to cost one call, and where people are again it is looked first")
  func looks() async throws {
    let held = Mutex<ModelContacts?>(nil), time = VirtualTime()
    let first = try await importing(people(400), on: time) { time in
      let model = ModelContacts(time)
      held.withLock { $0 = model }
      return model
    }
    let model = try #require(held.withLock { $0 }), calls = model.state.withLock(\.calls)
    #expect(first.report.created == 400)
    #expect(calls < 500, "\(calls)")
    let again = try await importing(people(400), on: time) { _ in model }
    #expect(again.report.unchanged == 400)
    // A hundred who are new, and then those who are there: no more of these are written than were under way.
    let newcomers = (1...100).map { "n\($0)@example.org,New,\n" }.joined()
    let rows = people(400).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let mixed = try await importing("\(rows[0])\n\(newcomers)\(rows[1])", on: time) { _ in model }
    #expect(mixed.report.created == 100 && mixed.report.updated <= 2 * Pace.most)
    #expect(mixed.report.updated + mixed.report.unchanged == 400)
  }

  @Test("a company that many rows name is made once, whatever its name", arguments: ["Acme", "A;b", "Star*"])
  func company(_ name: String) async throws {
    let held = Mutex<ModelContacts?>(nil)
    let end = try await importing(people(100, company: name)) { time in
      let model = ModelContacts(time)
      held.withLock { $0 = model }
      return model
    }
    #expect(end.report.created == 100)
    #expect(held.withLock { $0?.state.withLock(\.companies) } == [name])
  }
}
