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
