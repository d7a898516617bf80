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
    /// Names, whose numbers are their places from 1.
    var tags: [String] = []
    /// The numbers of tags by those of contacts.
    var tagged: [Int64: Set<Int64>] = [:]
    var model = CustomFieldModel(.contact)
    /// Why the contacts of these addresses are refused; for a region only if they have one.
    var refusals: [String: String] = [:]
    /// How many contacts each call for many had.
    var batches: [Int] = []
    /// Calls for many in which an address stood twice.
    var twins = 0
    /// Bytes of the longest of these calls.
    var longestBatch = 0
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
    if let other = try actOnMany(request) ?? actBeside(request) { return other }
    let isContact = request.target.hasPrefix("/crm/rest/v2/contacts")
    return try state.withLock { state in
      func shown(_ stored: (id: Int64, contact: Contact)) -> JSON {
        var record = Self.record(stored)
        record.tagIDs = (state.tagged[stored.id] ?? []).sorted()
        record.model = state.model
        let fields = request.target.firstMatch(of: /[?&]fields=([^&]*)/)?.1.split(separator: ",").map(String.init)
        return KeapV2.contact(record, fields: fields.map { Set($0) })
      }
      switch (request.method, isContact) {
      case ("GET", true):
        guard let filter = Self.filter(request.target) else {
          // Two to a page; a token is a place.
          let start = request.target.firstMatch(of: /page_token=(\d+)/).flatMap { Int($0.1) } ?? 0
          let page = state.contacts.dropFirst(start).prefix(2)
          let next = start + 2 < state.contacts.count ? String(start + 2) : nil
          return (200, KeapV2.list("contacts", page.map(shown), nextPageToken: next))
        }
        let isByNumber = request.target.contains("contact_ids")
        let numbers = Set(filter.split(separator: ",").map(String.init))
        let found = state.contacts.filter {
          isByNumber ? numbers.contains("\($0.id)") : $0.contact.email?.lowercased() == filter.lowercased()
        }
        return (200, KeapV2.list("contacts", found.map(shown), nextPageToken: nil))
      case ("POST", true):
        guard let body = request.body,
          let rule = MatchRule.allCases.first(where: { request.target.hasSuffix("=\($0.rawValue)") })
        else { return (0, .null) }
        let change = try KeapV2.change(from: try JSON.parse(body))
        if let reason = Self.refusal(of: change, state) { return (400, ["message": .string(reason)]) }
        let (place, outcome) = Self.lay(change, rule, &state)
        return (outcome == "created" ? 201 : 200, KeapV2.contact(Self.record(state.contacts[place])))
      case ("GET", false):
        let asked = Self.filter(request.target)
        if asked?.contains(";") == true { return (400, ["message": "filter: it is not of the form field==value"]) }
        let found = state.companies.enumerated().filter { asked == nil || $0.element == asked }
        return (
          200,
          [
            "companies": .array(
              found.map { ["id": .string("\($0.offset + 1)"), "company_name": .string($0.element)] })
          ]
        )
      case ("POST", false):
        let name = try request.body.flatMap { try JSON.parse($0)["company_name"]?.string } ?? ""
        state.companies.append(name)
        return (201, ["id": .string("\(state.companies.count)")])
      default: return (0, .null)
      }
    }
  }

  private static func refusal(of change: ContactChange, _ state: State) -> String? {
    state.refusals[change.email ?? ""].flatMap { !KeapFault.refusesRegion($0) || change.hasRegions ? $0 : nil }
  }

  /// - Returns: where the contact is now, and what became of it.
  private static func lay(
    _ change: ContactChange, _ rule: MatchRule, _ state: inout State
  ) -> (place: Int, outcome: String) {
    let key = change.matchKey(rule), email = change.email?.lowercased()
    state.writes += 1
    // A key is dear, and there are many contacts.
    let place = state.contacts.firstIndex {
      $0.contact.email?.lowercased() == email && $0.contact.matchKey(rule) == key
    }
    guard let place else {
      state.contacts.append((Int64(state.contacts.count + 1), change.applied(to: Contact(), as: .create)))
      return (state.contacts.count - 1, "created")
    }
    let old = state.contacts[place].contact
    state.contacts[place].contact = change.applied(to: old, as: .upsert)
    return (place, state.contacts[place].contact == old ? "unchanged" : "updated")
  }

  /// Many contacts in one call; nil for another.
  private func actOnMany(_ request: UpstreamRequest) throws -> (Int, JSON)? {
    guard request.target.hasPrefix("/v1/contacts:batch?match="), let body = request.body,
      let rule = MatchRule.allCases.first(where: { request.target.hasSuffix("=\($0.rawValue)") })
    else { return nil }
    let items = try JSON.parse(body)["items"]?.array ?? []
    return try state.withLock { state in
      var emails: Set<String?> = []
      state.batches.append(items.count)
      state.longestBatch = max(state.longestBatch, body.count)
      let results = try items.map { item -> JSON in
        let change = try KeapV2.change(from: item), email = change.email
        if !emails.insert(email).inserted { state.twins += 1 }
        if let reason = Self.refusal(of: change, state) { return ["outcome": "refused", "reason": .string(reason)] }
        guard state.contacts.count(where: { $0.contact.email == email }) < 2 else { return ["outcome": "conflict"] }
        let (place, outcome) = Self.lay(change, rule, &state)
        return ["outcome": .string(outcome), "id": .string("\(state.contacts[place].id)")]
      }
      return (200, ["results": .array(results)])
    }
  }

  /// Tags and definitions of fields.
  private func actBeside(_ request: UpstreamRequest) throws -> (Int, JSON)? {
    let body = try request.body.map { try JSON.parse($0) }
    return state.withLock { state in
      if request.target == "/crm/rest/v2/contacts/model" { return (200, KeapDialect.v2.model(state.model)) }
      if request.target.hasPrefix("/crm/rest/v2/tags?") {
        let tags: [JSON] = state.tags.enumerated().map { ["id": .string("\($0 + 1)"), "name": .string($1)] }
        return (200, KeapV2.list("tags", tags, nextPageToken: nil))
      }
      if request.target == "/crm/rest/v2/tags", let name = body?["name"]?.string {
        guard !state.tags.contains(name) else { return (409, ["message": "it is there"]) }
        state.tags.append(name)
        return (201, ["id": .string("\(state.tags.count)"), "name": .string(name)])
      }
      if let place = request.target.firstMatch(of: /v2\/tags\/(\d+)\/contacts/), let tag = Int64(place.1) {
        let ids = state.tagged.filter { $0.value.contains(tag) }.keys.sorted()
        return (200, KeapV2.list("contacts", ids.map { ["id": .string("\($0)")] }, nextPageToken: nil))
      }
      if let place = request.target.firstMatch(of: /v1\/contacts\/(\d+)\/tags/), let id = Int64(place.1) {
        state.writes += 1
        for tag in body?["tagIds"]?.array ?? [] {
          if let tag = tag.integer { state.tagged[id, default: []].insert(tag) }
        }
        return (201, [])
      }
      return nil
    }
  }

  private static func record(_ stored: (id: Int64, contact: Contact)) -> ContactRecord {
    ContactRecord(
      id: stored.id, contact: stored.contact, createdAt: 0, updatedAt: 0, createdBy: "grant", updatedBy: "grant")
  }
}
