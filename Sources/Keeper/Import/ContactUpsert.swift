import Contacts
import Foundation
import OAuth
import Store
import Synchronization

/// Adds or updates one contact through an API that speaks Keap's REST v2, and says which it was.
///
/// It looks first, because an unchanged contact then costs one read and no write. Between look and upsert another may write;
/// the upsert's own match makes that harmless.
package struct ContactUpsert: Sendable {
  package enum Outcome: Sendable, Equatable {
    case created, updated, unchanged
    /// The API will not take this contact, whoever asks.
    case refused(String)
  }

  /// Why no contact can be written at all.
  package struct Halt: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String
    /// Whether a person must do something first (exit code 4).
    package var needsPerson: Bool
    /// Whether the call may have been processed all the same.
    var isUnanswered = false
  }

  /// What adding, updating and importing contacts calls: the rights of a key for it.
  package static let rules = [
    "GET /crm/rest/v2/contacts", "POST /crm/rest/v2/contacts", "PATCH /crm/rest/v2/contacts/*",
    "GET /crm/rest/v2/companies", "POST /crm/rest/v2/companies",
  ].compactMap { APIKey.Rule($0) }

  private let upstream: any Upstream
  private let match: MatchRule
  private let clock: WallClock
  /// The ids of companies by name, each looked up once.
  private let companies = CompanyIDs()

  /// Pauses before a call is repeated that found no one, or was told to wait.
  private static let pauses: [Duration] = [
    .milliseconds(200), .milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
  ]

  package init(upstream: any Upstream, match: MatchRule, clock: WallClock) {
    self.upstream = upstream
    self.match = match
    self.clock = clock
  }

  /// - Returns: what happened, and what was left out to make it happen.
  package func callAsFunction(_ change: ContactChange) async throws -> (outcome: Outcome, warnings: [String]) {
    if let existing = try await find(change), !existing.differs(after: change) { return (.unchanged, []) }
    do {
      return (try await send(change), [])
    } catch let refusal as ContactRefusal {
      guard KeapFault.refusesRegion(refusal.message), change.hasRegions else { return (.refused(refusal.message), []) }
      let warning = "the region was left out: \(refusal.message)"
      let smaller = change.withoutRegions()
      if let existing = try await find(smaller), !existing.differs(after: smaller) { return (.unchanged, [warning]) }
      do { return (try await send(smaller), [warning]) } catch let refusal as ContactRefusal {
        return (.refused(refusal.message), [])
      }
    }
  }

  /// Whether upserts that name this company can run at the same time without making it twice.
  package func knows(company name: String) -> Bool { companies[name] != nil }

  private static let fields = [
    "addresses", "anniversary_date", "birth_date", "company", "contact_type", "custom_fields", "email_addresses",
    "family_name", "fax_numbers", "given_name", "id", "job_title", "leadsource_id", "middle_name", "origin", "owner_id",
    "phone_numbers", "preferred_locale", "preferred_name", "prefix", "social_accounts", "source_type", "spouse_name",
    "suffix", "time_zone", "website",
  ].joined(separator: ",")

  /// The contact that the upsert would meet, if there is one.
  private func find(_ change: ContactChange) async throws -> Contact? {
    guard let email = change.email,
      let key = change.applied(to: Contact(), as: .create).matchKey(match, companyName: change.company.value?.name)
    else { return nil }
    let filter = PercentEncoding.encode("email==\(email)")
    let json = try await call("GET", "/crm/rest/v2/contacts?filter=\(filter)&page_size=25&fields=\(Self.fields)", nil)
      .json
    return try KeapV2.contacts(fromAnswer: json).contacts
      .map(\.contact).first { $0.matchKey(match, companyName: $0.company?.name) == key }
  }

  private func send(_ change: ContactChange) async throws -> Outcome {
    var change = change
    if let company = change.company.value, company.id == nil, let name = company.name {
      change.company = .set(CompanyReference(id: try await companyID(name), name: name))
    }
    let target = "/crm/rest/v2/contacts?duplicate_option=\(match.rawValue)"
    let answer = try await call("POST", target, KeapV2.body(for: change).serialized())
    return answer.status == 201 ? .created : .updated
  }

  private func companyID(_ name: String) async throws -> Int64 {
    if let id = companies[name] { return id }
    let filter = PercentEncoding.encode("company_name==\(name)")
    let body = JSON.object(["company_name": .string(name)]).serialized()
    var found: JSON?
    // Nothing matches companies for us: after a lost answer look again before making it again.
    for turn in Self.pauses.indices where found == nil {
      found = try await call("GET", "/crm/rest/v2/companies?filter=\(filter)&page_size=2", nil).json["companies"]?[0]
      guard found == nil else { break }
      do { found = try await call("POST", "/crm/rest/v2/companies", body, tries: 1).json } catch let halt as Halt {
        guard halt.isUnanswered, turn < Self.pauses.count - 1 else { throw halt }
      }
    }
    guard let id = Self.id(found?["id"]) else { throw ContactRefusal("The API gave no id for the company \(name)") }
    companies[name] = id
    return id
  }

  private static func id(_ json: JSON?) -> Int64? { json?.integer ?? json?.string.flatMap { Int64($0) } }

  /// - Throws: `ContactRefusal` for a refusal of this contact, ``Halt`` where none can be written.
  private func call(
    _ method: String, _ target: String, _ body: [UInt8]?, tries: Int = pauses.count
  ) async throws -> (status: Int, json: JSON) {
    let request = UpstreamRequest(method, target, body: body, contentType: body == nil ? nil : "application/json")
    var trouble = ""
    for pause in Self.pauses.prefix(tries) {
      var wait = pause
      do {
        let response = try await upstream.send(request)
        let json = (try? JSON.parse(response.body)) ?? .null
        switch response.status {
        case 200..<300: return (response.status, json)
        case 429, 503, 502, 500, 504:
          trouble = Self.message(json) ?? "status \(response.status)"
          let told = response.headers["retry-after"].flatMap { RetryAfter($0, now: clock.now())?.delay }
          wait = max(wait, min(told ?? .zero, .seconds(60)))
        case 401:
          throw Halt(
            description:
              "The call was not accepted: \(Self.message(json) ?? "401"). Check the key, and `evergrant status`.",
            needsPerson: true)
        case 403:
          throw Halt(
            description: "The call was not allowed: \(Self.message(json) ?? "403")",
            needsPerson: json["error"]?["code"]?.string == "needs_approval")
        default: throw ContactRefusal(Self.message(json) ?? "the API answered \(response.status)")
        }
      } catch let halt as Halt { throw halt } catch let refusal as ContactRefusal { throw refusal } catch {
        trouble = "\(error)"
      }
      try await clock.sleep(wait)
    }
    throw Halt(description: "No answer after \(tries) tries: \(trouble)", needsPerson: false, isUnanswered: true)
  }

  private static func message(_ json: JSON) -> String? {
    KeapFault.message(in: json) ?? json["error"]?["message"]?.string
  }
}

private final class CompanyIDs: Sendable {
  private let known = Mutex<[String: Int64]>([:])

  subscript(name: String) -> Int64? {
    get { known.withLock { $0[name] } }
    set { known.withLock { $0[name] = newValue } }
  }
}
