import Contacts
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// What a contact's upsert does with an API that forgets to answer.
struct ContactUpsertTests {
  private struct Lost: Error {}

  /// Loses the answer to the first company that is made.
  private final class ForgetfulAPI: Upstream {
    let made = Mutex(0)

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      guard request.target.hasPrefix("/crm/rest/v2/companies") else {
        return UpstreamResponse(status: request.method == "GET" ? 200 : 201, body: Array(#"{"contacts":[]}"#.utf8))
      }
      if request.method == "GET" {
        let isThere = made.withLock { $0 > 0 }
        let list = isThere ? #"{"companies":[{"id":"1","company_name":"Acme"}]}"# : #"{"companies":[]}"#
        return UpstreamResponse(status: 200, body: Array(list.utf8))
      }
      made.withLock { $0 += 1 }
      throw Lost()
    }
  }

  /// Answers each call alike.
  private struct Answering: Upstream {
    var status: Int
    var body: String

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      UpstreamResponse(status: status, body: Array(body.utf8))
    }
  }

  /// What becomes of a contact at an API that answers all alike.
  private func upserting(_ status: Int, _ body: String) async throws -> ContactUpsert.Outcome {
    var change = ContactChange()
    change.emails = .set([EmailAddress("a@example.org")])
    let api = ContactAPI(
      upstream: Answering(status: status, body: body), at: "http://127.0.0.1:8081/via/shop", clock: VirtualTime().clock)
    return try await ContactUpsert(api, match: .email)(change).outcome
  }

  @Test(
    "an address where no keeper answers ends a job at once, and is named with what to check",
    arguments: [
      (404, "<!doctype html>"), (405, ""), (501, "{}"), (404, #"{"error":{"code":"no_such_path","message":"None."}}"#),
    ])
  func wrongAddress(_ status: Int, _ body: String) async throws {
    do {
      let outcome = try await upserting(status, body)
      Issue.record("It ended with \(outcome)")
    } catch let halt as ContactAPI.Halt {
      #expect(halt.description.hasPrefix("http://127.0.0.1:8081/via/shop/crm/rest/v2/contacts answered \(status): "))
      #expect(halt.description.contains("--url") && halt.description.contains("--connection"))
      #expect(!halt.needsPerson)
    }
  }

  @Test("what the API says of a record that is not there refuses that record alone")
  func noRecord() async throws {
    let outcome = try await upserting(404, #"{"code":404,"message":"There is no company 7"}"#)
    #expect(outcome == .refused("There is no company 7"))
  }

  @Test("a company whose answer was lost is looked up again, not made twice")
  func companyOnce() async throws {
    let time = VirtualTime(), api = ForgetfulAPI()
    var clock = time.clock
    clock.sleep = { time.advance(by: $0) }
    var change = ContactChange()
    change.emails = .set([EmailAddress("a@example.org")])
    change.company = .set(CompanyReference(id: nil, name: "Acme"))
    let answer = try await ContactUpsert(ContactAPI(upstream: api, clock: clock), match: .email)(change)
    #expect(answer.outcome == .created)
    #expect(api.made.withLock { $0 } == 1)
  }
}
