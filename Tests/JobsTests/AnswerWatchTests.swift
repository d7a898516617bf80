import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// Whether a job knows that it is not answered.
struct AnswerWatchTests {
  /// What a job with one call, or with some more every second, knows so many seconds after its beginning.
  private func silences(
    after looks: [Int], calls: Int = 1, of model: (VirtualTime) -> ModelContacts
  ) async throws -> (start: Timestamp, seen: [AnswerWatch.Silence?]) {
    let time = VirtualTime(), start = time.clock.now(), seen = Mutex<[AnswerWatch.Silence?]>([])
    let api = ContactAPI(upstream: model(time), clock: time.clock)
    try await simulated(on: time) {
      let silences: [Int: AnswerWatch.Silence?] = await withTaskGroup(of: (Int, AnswerWatch.Silence?)?.self) { group in
        for number in 0..<calls {
          group.addTask {
            if number > 0 { try? await time.clock.sleep(.seconds(number)) }
            _ = try? await api.contacts(withEmail: "p\(number)@example.org")
            return nil
          }
        }
        for seconds in looks {
          group.addTask {
            try? await time.clock.sleep(.seconds(seconds))
            return (seconds, api.answers.silence)
          }
        }
        return await group.reduce(into: [:]) { if let (look, silence) = $1 { $0[look] = .some(silence) } }
      }
      seen.withLock { $0 = silences.keys.sorted().map { silences[$0] ?? nil } }
    }
    return (start, seen.withLock(\.self))
  }

  @Test("a job that is not answered knows after some seconds since when, and until it is")
  func unanswered() async throws {
    let (start, seen) = try await silences(after: [4, 6, 19, 21]) { ModelContacts($0, delay: { _, _ in .seconds(20) }) }
    try #require(seen.count == 4)
    #expect(seen[0] == nil && seen[3] == nil)
    #expect(seen[1] == AnswerWatch.Silence(since: start, lasting: .seconds(6)))
    #expect(seen[2] == AnswerWatch.Silence(since: start, lasting: .seconds(19)))
  }

  @Test("one slow call among others that are answered is no silence")
  func slow() async throws {
    let (_, seen) = try await silences(after: Array(1...20), calls: 20) { time in
      ModelContacts(time, delay: { email, _ in email.hasPrefix("p0@") ? .seconds(18) : .milliseconds(50) })
    }
    #expect(seen.count == 20 && seen.allSatisfy { $0 == nil })
  }

  @Test("a server that answers with its own trouble carries nothing out, and the trouble is known until it does")
  func trouble() async throws {
    let (start, seen) = try await silences(after: [3, 6, 12]) { time in
      ModelContacts(time, answer: { number, _ in number <= 5 ? UpstreamResponse(status: 502, body: []) : nil })
    }
    try #require(seen.count == 3)
    #expect(seen[0] == nil && seen[2] == nil)
    #expect(seen[1] == AnswerWatch.Silence(since: start, lasting: .seconds(6), trouble: "status 502"))
  }
}
