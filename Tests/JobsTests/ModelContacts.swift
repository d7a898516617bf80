import Contacts
import Foundation
import Synchronization
import TestKit

@testable import Jobs
@testable import Wire

/// A contacts API in memory, on virtual time, that counts what it is asked, takes its time, and may have a limit.
final class ModelContacts: Upstream {
  /// So many calls in any rolling minute, and in any second; told in Keap's headers or kept to itself.
  struct Limit: Sendable {
    var inMinute: Int
    var inSecond: Int
    var isTold = true
  }

  struct State {
    var contacts: [(id: Int64, contact: Contact)] = []
    var companies: [String] = []
    var atOnce = 0
    var mostAtOnce = 0
    var calls = 0
    var writes = 0
    var throttled = 0
    /// Milliseconds of uptime at which calls came.
    var moments: [Int64] = []
    var random = SeededGenerator(seed: 1)
  }

  let state = Mutex(State())
  private let time: VirtualTime
  private let limit: Limit?
  /// How long a call about an address takes.
  private let delay: @Sendable (_ email: String, inout SeededGenerator) -> Duration
  /// What is answered in place of the API's own answer.
  private let answer: @Sendable (_ call: Int, UpstreamRequest) throws -> UpstreamResponse?

  init(
    _ time: VirtualTime, limit: Limit? = nil, seed: UInt64 = 1,
    delay: @escaping @Sendable (String, inout SeededGenerator) -> Duration = { _, _ in .milliseconds(50) },
    answer: @escaping @Sendable (Int, UpstreamRequest) throws -> UpstreamResponse? = { _, _ in nil }
  ) {
    self.time = time
    self.limit = limit
    self.delay = delay
    self.answer = answer
    state.withLock { $0.random = SeededGenerator(seed: seed) }
  }

  var contacts: [Contact] { state.withLock { $0.contacts.map(\.contact) } }

  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    let now = time.clock.uptime().milliseconds
    let (number, wait, isTooMuch) = state.withLock { state in
      state.calls += 1
      state.atOnce += 1
      state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
      state.moments.append(now)
      state.moments.removeAll { $0 <= now - 60_000 }
      let inSecond = state.moments.count { $0 > now - 1000 }
      let isTooMuch = limit.map { state.moments.count > $0.inMinute || inSecond > $0.inSecond } ?? false
      if isTooMuch { state.throttled += 1 }
      return (state.calls, delay(Self.email(of: request), &state.random), isTooMuch)
    }
    defer { state.withLock { $0.atOnce -= 1 } }
    try await time.clock.sleep(wait)
    if isTooMuch {
      return UpstreamResponse(
        status: 429, headers: ["retry-after": "2"], body: Array(#"{"code":429,"message":"Quota Exceeded"}"#.utf8))
    }
    if let given = try answer(number, request) { return given }
    var (status, json) = try act(request)
    if status == 0 { (status, json) = (400, KeapV2.error(400, "not understood", resource: request.target)) }
    return UpstreamResponse(status: status, headers: headers(), body: json.serialized())
  }

  private func headers() -> [String: String] {
    guard let limit, limit.isTold else { return [:] }
    let used = state.withLock { $0.moments.count }
    return [
      "x-keap-product-throttle-limit": "\(limit.inMinute)", "x-keap-product-throttle-time-unit": "minute",
      "x-keap-product-throttle-interval": "1", "x-keap-product-throttle-available": "\(limit.inMinute - used)",
    ]
  }

  private static func email(of request: UpstreamRequest) -> String {
    if let body = request.body.flatMap({ try? JSON.parse($0) }), let change = try? KeapV2.change(from: body) {
      return change.email ?? ""
    }
    return filter(request.target) ?? ""
  }

  /// The value that a list is filtered by.
  private static func filter(_ target: String) -> String? {
    target.firstMatch(of: /filter=[a-z_]+%3D%3D([^&]*)/).flatMap { String($0.1).removingPercentEncoding }
  }

  private func act(_ request: UpstreamRequest) throws -> (Int, JSON) {
    let isContact = request.target.hasPrefix("/crm/rest/v2/contacts")
    return try state.withLock { state in
      switch (request.method, isContact) {
      case ("GET", true):
        let email = Self.filter(request.target)?.lowercased()
        let found = state.contacts.filter { $0.contact.email?.lowercased() == email }
        return (200, KeapV2.list("contacts", found.map { KeapV2.contact(Self.record($0)) }, nextPageToken: nil))
      case ("POST", true):
        guard let body = request.body,
          let rule = MatchRule.allCases.first(where: { request.target.hasSuffix("=\($0.rawValue)") })
        else { return (0, .null) }
        let change = try KeapV2.change(from: try JSON.parse(body)), key = change.matchKey(rule)
        state.writes += 1
        if let index = state.contacts.firstIndex(where: { $0.contact.matchKey(rule) == key }) {
          state.contacts[index].contact = change.applied(to: state.contacts[index].contact, as: .upsert)
          return (200, KeapV2.contact(Self.record(state.contacts[index])))
        }
        let made = (Int64(state.contacts.count + 1), change.applied(to: Contact(), as: .create))
        state.contacts.append(made)
        return (201, KeapV2.contact(Self.record(made)))
      case ("GET", false):
        let index = state.companies.firstIndex(of: Self.filter(request.target) ?? "")
        return (200, ["companies": .array(index.map { [["id": .string("\($0 + 1)")]] } ?? [])])
      case ("POST", false):
        let name = try request.body.flatMap { try JSON.parse($0)["company_name"]?.string } ?? ""
        state.companies.append(name)
        return (201, ["id": .string("\(state.companies.count)")])
      default: return (0, .null)
      }
    }
  }

  private static func record(_ stored: (id: Int64, contact: Contact)) -> ContactRecord {
    ContactRecord(
      id: stored.id, contact: stored.contact, createdAt: 0, updatedAt: 0, createdBy: "grant", updatedBy: "grant")
  }
}
