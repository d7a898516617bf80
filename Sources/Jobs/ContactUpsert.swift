import Contacts
import Synchronization
import Wire

/// Adds or updates one contact through an API that speaks Keap's REST v2, and says which it was.
///
/// It looks first, because an unchanged contact then costs one read and no write; while it has looked in vain many times in a row,
/// as in a first import, it writes at once. Somebody else may write between the look and
/// the upsert; the match that the API makes in the upsert keeps that harmless. Tags are applied behind it, those that the contact
/// lacks.
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
    /// Tags that were not applied, because there are none of these names.
    package var missingTags: [String] = []
  }

  /// What finding, adding, updating and importing contacts calls: the rights of a key for it.
  package static let rules = [
    "GET /crm/rest/v2/contacts", "POST /crm/rest/v2/contacts", "PATCH /crm/rest/v2/contacts/*",
    "GET /crm/rest/v2/companies", "POST /crm/rest/v2/companies", "GET /crm/rest/v2/contacts/model",
    "GET /crm/rest/v2/tags", "POST /crm/rest/v2/tags", "GET /crm/rest/v2/tags/*/contacts",
    "POST /crm/rest/v1/contacts/*/tags", "POST \(batchPath)",
  ]

  package let api: ContactAPI
  let match: MatchRule
  /// The ids of companies by name, each looked up once.
  private let companies = CompanyIDs()
  let vocabulary: Vocabulary
  let offer: BatchOffer
  private let looks = Looks()

  /// - Parameters:
  ///   - tagAll: names of tags that everybody gets.
  ///   - createsTags: whether tags that are not there are made; else they are left out.
  ///   - inBatches: whether rows of a file go many in one call, where the API has that and the key allows it.
  package init(
    _ api: ContactAPI, match: MatchRule, tagAll: [String] = [], createsTags: Bool = false, inBatches: Bool = false
  ) {
    self.api = api
    self.match = match
    offer = BatchOffer(isAsked: inBatches)
    vocabulary = Vocabulary(tagAll: tagAll, createsTags: createsTags)
  }

  package func callAsFunction(_ change: ContactChange) async throws -> Answer {
    try await callAsFunction(CustomerEntry(change))
  }

  package func callAsFunction(_ entry: CustomerEntry) async throws -> Answer {
    let (change, warnings) = vocabulary.model.resolved(entry)
    let (taken, tags) = try await takeOrLeaveRegion(change)
    if case .refused = taken.outcome { return taken }
    var answer = taken
    answer.warnings = warnings + answer.warnings
    let names = vocabulary.forAll + (vocabulary.hasTags ? entry.tags.filter { !vocabulary.forAll.contains($0) } : [])
    if !names.isEmpty { try await apply(names, has: tags, &answer) }
    return answer
  }

  /// - Returns: the numbers of the tags that the contact is known to have, too.
  private func takeOrLeaveRegion(_ change: ContactChange) async throws -> (Answer, tags: [Int64]) {
    do { return try await write(change) } catch let refusal as ContactRefusal {
      guard KeapFault.refusesRegion(refusal.message), change.hasRegions else {
        return (Answer(outcome: .refused(refusal.message)), [])
      }
      do {
        let (taken, tags) = try await write(change.withoutRegions())
        var answer = taken
        answer.warnings = ["the region was left out: \(refusal.message)"]
        return (answer, tags)
      } catch let refusal as ContactRefusal { return (Answer(outcome: .refused(refusal.message)), []) }
    }
  }

  /// Gives a contact the tags that it lacks.
  private func apply(_ names: [String], has tags: [Int64], _ answer: inout Answer) async throws {
    do {
      let (ids, missing) = try await vocabulary.ids(of: names, api)
      answer.missingTags = missing
      let lacking = ids.filter { !tags.contains($0) }
      guard !lacking.isEmpty else { return }
      guard let id = answer.id else {
        answer.warnings.append("tags left out: the API has told no number of the contact")
        return
      }
      for start in stride(from: 0, to: lacking.count, by: KeapTags.mostIDs(.v1)) {
        let some = lacking[start...].prefix(KeapTags.mostIDs(.v1))
        let body = JSON.object(["tagIds": .array(some.map(JSON.integer))]).serialized()
        _ = try await api.call("POST", "/crm/rest/v1/contacts/\(PercentEncoding.encode(id))/tags", body)
      }
      if answer.outcome == .unchanged { answer.outcome = .updated }
    } catch let refusal as ContactRefusal {
      answer.warnings.append("tags left out: \(refusal.message)")
    } catch let halt as ContactAPI.Halt {
      guard halt.isDenied, vocabulary.forAll.isEmpty else { throw halt }
      vocabulary.deny()
    }
  }

  /// Asks for the definitions that these columns need, before the first row of a file is written.
  func prepare(for columns: CustomerColumns) async throws {
    looks.note(true)
    try await vocabulary.prepare(for: columns, api)
  }

  /// Whether the key may not apply tags, so that those of columns are left out.
  var deniesTags: Bool { vocabulary.isDenied }

  /// What no two rows may make at the same time: companies and tags that are not there yet.
  func makes(_ entry: CustomerEntry) -> [String] {
    let company = entry.change.company.value?.name.flatMap { knows(company: $0) ? nil : "company \($0)" }
    return [company].compactMap(\.self) + vocabulary.new(among: entry.tags).map { "tag \(NormalForm.name($0))" }
  }

  /// Whether upserts that name this company can run at the same time without making it twice.
  private func knows(company name: String) -> Bool { companies[name] != nil }

  private func write(_ change: ContactChange) async throws -> (Answer, tags: [Int64]) {
    let isBlind = looks.areInVain
    let existing = try await isBlind ? nil : find(change), tags = existing?.tagIDs ?? []
    if !isBlind { looks.note(existing != nil) }
    if let existing, !existing.contact.differs(after: change) {
      return (Answer(outcome: .unchanged, id: existing.id), tags)
    }
    var change = change
    if let company = change.company.value, company.id == nil, let name = company.name {
      change.company = .set(CompanyReference(id: try await companyID(name), name: name))
    }
    let target = "/crm/rest/v2/contacts?duplicate_option=\(match.rawValue)"
    let answer = try await api.call("POST", target, KeapV2.body(for: change).serialized())
    let isNew = answer.status == 201
    if isBlind, !isNew { looks.note(true) }
    return (Answer(outcome: isNew ? .created : .updated, id: Self.text(answer.json["id"])), tags)
  }

  /// The contact that the upsert would meet, if there is one.
  private func find(_ change: ContactChange) async throws -> ContactAPI.Found? {
    guard let email = change.email, let key = change.matchKey(match) else { return nil }
    let hasTags = vocabulary.hasTags
    return try await api.contacts(withEmail: email, withTags: hasTags).first {
      $0.contact.matchKey(match) == key
    }
  }

  private func companyID(_ name: String) async throws -> Int64 {
    if let id = companies[name] { return id }
    let body = JSON.object(["company_name": .string(name)]).serialized()
    var found: JSON?
    // The API does not match companies, so after a lost answer this looks again before it makes the company again.
    for turn in ContactAPI.pauses.indices where found == nil {
      found = try await company(named: name)
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

  /// A company of this name. A filter cannot say a semicolon, which stands between its terms, nor a star, which stands for
  /// anything: companies with such names are looked for in the whole list.
  private func company(named name: String) async throws -> JSON? {
    let isSaid = !name.contains { $0 == ";" || $0 == "*" }
    let query = isSaid ? "filter=\(PercentEncoding.encode("company_name==\(name)"))&page_size=25" : "page_size=1000"
    var token: String?
    repeat {
      let next = token.map { "&page_token=" + PercentEncoding.encode($0) } ?? ""
      let page = try await api.call("GET", "/crm/rest/v2/companies?\(query)\(next)").json
      let companies = page["companies"]?.array ?? []
      let found = companies.first { NormalForm.name($0["company_name"]?.string ?? "") == NormalForm.name(name) }
      if let found { return found }
      let following = page["next_page_token"]?.string
      token = companies.isEmpty || following == token || following == "" ? nil : following
    } while token != nil
    return nil
  }

  static func text(_ json: JSON?) -> String? { json?.string ?? json?.integer.map(String.init) }
}

/// Whether looking before writing has been of use lately.
private final class Looks: Sendable {
  /// So many in a row that found nobody, and the next are left out until a write meets somebody.
  private static let patience = 64
  private let inVain = Mutex(0)

  var areInVain: Bool { inVain.withLock { $0 >= Self.patience } }

  func note(_ hasFound: Bool) { inVain.withLock { $0 = hasFound ? 0 : $0 + 1 } }
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
