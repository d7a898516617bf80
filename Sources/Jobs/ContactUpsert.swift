import Contacts
import Synchronization
import Wire

/// Adds or updates one contact through an API that speaks Keap's REST v2, and says which it was.
///
/// It looks first, because an unchanged contact then costs one read and no write. Somebody else may write between the look and
/// the upsert; the match that the API makes in the upsert keeps that harmless.
package struct ContactUpsert: Sendable {
  package enum Outcome: Sendable, Equatable {
    case created, updated, unchanged
    /// The API will not take this contact, whoever asks.
    case refused(String)
  }

  /// What happened, and to which contact.
  package struct Answer: Sendable, Equatable {
    package var outcome: Outcome
    /// The contact's id, where the API has told it.
    package var id: String?
    /// What was left out to make it happen.
    package var warnings: [String] = []
  }

  /// What finding, adding, updating and importing contacts calls: the rights of a key for it.
  package static let rules = [
    "GET /crm/rest/v2/contacts", "POST /crm/rest/v2/contacts", "PATCH /crm/rest/v2/contacts/*",
    "GET /crm/rest/v2/companies", "POST /crm/rest/v2/companies",
  ]

  package let api: ContactAPI
  private let match: MatchRule
  /// The ids of companies by name, each looked up once.
  private let companies = CompanyIDs()

  package init(_ api: ContactAPI, match: MatchRule) {
    self.api = api
    self.match = match
  }

  package func callAsFunction(_ change: ContactChange) async throws -> Answer {
    do { return try await write(change) } catch let refusal as ContactRefusal {
      guard KeapFault.refusesRegion(refusal.message), change.hasRegions else {
        return Answer(outcome: .refused(refusal.message))
      }
      do {
        var answer = try await write(change.withoutRegions())
        answer.warnings = ["the region was left out: \(refusal.message)"]
        return answer
      } catch let refusal as ContactRefusal { return Answer(outcome: .refused(refusal.message)) }
    }
  }

  /// Whether upserts that name this company can run at the same time without making it twice.
  package func knows(company name: String) -> Bool { companies[name] != nil }

  private func write(_ change: ContactChange) async throws -> Answer {
    if let existing = try await find(change), !existing.contact.differs(after: change) {
      return Answer(outcome: .unchanged, id: existing.id)
    }
    var change = change
    if let company = change.company.value, company.id == nil, let name = company.name {
      change.company = .set(CompanyReference(id: try await companyID(name), name: name))
    }
    let target = "/crm/rest/v2/contacts?duplicate_option=\(match.rawValue)"
    let answer = try await api.call("POST", target, KeapV2.body(for: change).serialized())
    return Answer(outcome: answer.status == 201 ? .created : .updated, id: Self.text(answer.json["id"]))
  }

  /// The contact that the upsert would meet, if there is one.
  private func find(_ change: ContactChange) async throws -> (id: String, contact: Contact)? {
    guard let email = change.email, let key = change.matchKey(match) else { return nil }
    return try await api.contacts(withEmail: email).first {
      $0.contact.matchKey(match) == key
    }
  }

  private func companyID(_ name: String) async throws -> Int64 {
    if let id = companies[name] { return id }
    let filter = PercentEncoding.encode("company_name==\(name)")
    let body = JSON.object(["company_name": .string(name)]).serialized()
    var found: JSON?
    // The API does not match companies, so after a lost answer this looks again before it makes the company again.
    for turn in ContactAPI.pauses.indices where found == nil {
      found = try await api.call("GET", "/crm/rest/v2/companies?filter=\(filter)&page_size=2").json["companies"]?[0]
      guard found == nil else { break }
      do {
        found = try await api.call("POST", "/crm/rest/v2/companies", body, tries: 1).json
      } catch let halt as ContactAPI.Halt {
        guard halt.isUnanswered, turn < ContactAPI.pauses.count - 1 else { throw halt }
      }
    }
    guard let id = Self.text(found?["id"]).flatMap({ Int64($0) }) else {
      throw ContactRefusal("The API gave no id for the company \(name)")
    }
    companies[name] = id
    return id
  }

  private static func text(_ json: JSON?) -> String? { json?.string ?? json?.integer.map(String.init) }
}

private final class CompanyIDs: Sendable {
  /// A file may name more companies than memory should hold; one that is forgotten is looked up again.
  private static let most = 10_000
  private let known = Mutex<[String: Int64]>([:])

  subscript(name: String) -> Int64? {
    get { known.withLock { $0[name] } }
    set {
      known.withLock { known in
        if known.count >= Self.most { known = [:] }
        known[name] = newValue
      }
    }
  }
}
