import Bridge
import Synchronization
import Wire
import XMLRPC

/// REST as far as the bridge calls it: contacts with read-only parts beside those that are written, companies, tags and a model;
/// and whatever else a test scripts. It refuses what Keap would refuse, such as a member that `update_mask` does not name.
final class ScriptedREST: BridgeUpstream {
  struct State {
    var contacts: [Int64: [String: JSON]] = [:]
    var companies: [Int64: String] = [:]
    var next: Int64 = 1000
    var requests: [BridgeRequest] = []
    /// Requests that have come, answered or not.
    var arrivals = 0
    /// Whether answers are held back.
    var isHeld = false
    var model: [JSON] = []
    /// Answers by method and path, before anything else.
    var scripts: [String: [BridgeAnswer]] = [:]
    /// The method and the path at which no answer comes, whatever becomes of the request.
    var silence: String?
    /// Whether `duplicate_option` has an effect.
    var upserts = false
  }

  struct Silence: Error {}

  let state = Mutex(State())

  var requests: [BridgeRequest] { state.withLock { $0.requests } }
  var writes: [BridgeRequest] { requests.filter { $0.method != "GET" } }

  func script(_ method: String, _ path: String, _ answers: BridgeAnswer...) {
    state.withLock { $0.scripts["\(method) \(path)"] = answers }
  }

  func put(_ contact: [String: JSON], at id: Int64) { state.withLock { $0.contacts[id] = contact } }

  subscript(id: Int64) -> [String: JSON]? { state.withLock { $0.contacts[id] } }

  func define(_ fields: (id: String, name: String, type: String)...) {
    state.withLock { state in
      state.model = fields.map {
        [
          "id": .string($0.id), "field_name": .string($0.name), "label": .string($0.name),
          "field_type": .string($0.type),
        ]
      }
    }
  }

  func send(_ request: BridgeRequest) async throws -> BridgeAnswer {
    // Others have a turn here, as they have while a network is waited for.
    await Task.yield()
    state.withLock { $0.arrivals += 1 }
    while state.withLock(\.isHeld) { await Task.yield() }
    return try state.withLock { state in
      state.requests.append(request)
      let key = "\(request.method) \(request.path)"
      if state.silence == key { throw Silence() }
      if var answers = state.scripts[key], let answer = answers.first {
        if answers.count > 1 { answers.removeFirst() }
        state.scripts[key] = answers
        return answer
      }
      return state.answer(request)
    }
  }
}

extension BridgeRequest {
  func values(of name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}

extension ScriptedREST.State {
  private static func refusal(_ status: Int, _ message: String) -> BridgeAnswer {
    BridgeAnswer(status: status, json: ["code": .integer(Int64(status)), "message": .string(message)])
  }

  mutating func answer(_ request: BridgeRequest) -> BridgeAnswer {
    let segments = request.path.split(separator: "/").map(String.init)
    guard segments.prefix(3) == ["crm", "rest", "v2"] else { return Self.refusal(404, "Not found") }
    switch (request.method, segments.dropFirst(3).joined(separator: "/")) {
    case ("GET", "contacts/model"): return BridgeAnswer(status: 200, json: ["custom_fields": .array(model)])
    case ("GET", "contacts"): return list(request)
    case ("POST", "contacts"):
      if upserts, let changed = upsert(request) { return changed }
      return add(request.body ?? .null)
    case ("GET", "companies"): return companies(request)
    case ("POST", "companies"):
      next += 1
      companies[next] = request.body?["company_name"]?.string ?? ""
      return BridgeAnswer(status: 201, json: ["id": .string(String(next))])
    default: break
    }
    guard segments.count == 5, let id = Int64(segments[4]) else { return Self.refusal(404, "Not found") }
    if segments[3] == "companies" { return company(id, request.method) }
    guard segments[3] == "contacts" else { return Self.refusal(404, "Not found") }
    guard let contact = contacts[id] else { return Self.refusal(404, "Unable to find this Contact") }
    switch request.method {
    case "GET": return BridgeAnswer(status: 200, json: shown(contact, id, request.values(of: "fields").first))
    case "PATCH": return change(contact, id, request)
    case "DELETE":
      contacts[id] = nil
      return BridgeAnswer(status: 204)
    default: return Self.refusal(405, "Method not allowed")
    }
  }

  // MARK: Contacts

  /// A contact with what REST tells besides what it takes.
  private func shown(_ contact: [String: JSON], _ id: Int64, _ fields: String?) -> JSON {
    var members = contact
    members["id"] = .string(String(id))
    members["email_addresses"] = .array(
      (contact["email_addresses"]?.array ?? []).map { entry in
        var parts = entry.object ?? [:]
        parts["is_opt_in"] = true
        parts["email_opt_status"] = "SINGLE_OPT_IN"
        return .object(parts)
      })
    members["addresses"] = .array(
      (contact["addresses"]?.array ?? []).map { entry in
        var parts = entry.object ?? [:]
        if parts["region_code"] == "US-AZ" { parts["region"] = "Arizona" }
        parts["zip_code"] = parts["postal_code"]
        return .object(parts)
      })
    let named = fields.map { Set($0.split(separator: ",").map(String.init)) }
    return .object(members.filter { named?.contains($0.key) ?? true })
  }

  private static func fault(in body: [String: JSON]) -> String? {
    let readOnly: Set = ["id", "tag_ids", "create_time", "update_time", "score_value"]
    if let name = body.keys.first(where: readOnly.contains) { return "\(name) is read-only" }
    for entry in body["email_addresses"]?.array ?? [] {
      let parts = entry.object ?? [:]
      if !Set(parts.keys).isSubset(of: ["email", "field", "opt_in_reason"]) { return "email_addresses has too much" }
      if parts["email"]?.string?.contains("@") != true { return "EMAIL is invalid" }
    }
    for entry in body["phone_numbers"]?.array ?? [] where entry["number"]?.string?.isEmpty ?? true {
      return "PHONE has no number"
    }
    for entry in body["addresses"]?.array ?? [] where entry["region_code"] != nil && entry["country_code"] == nil {
      return "Country is required"
    }
    return nil
  }

  /// What a list or a member is kept as.
  private static func kept(_ name: String, _ json: JSON) -> JSON? {
    if json.isNull { return nil }
    guard let entries = json.array else { return json }
    let plain = entries.map { entry -> JSON in
      var parts = (entry.object ?? [:]).filter { !$0.value.isNull }
      parts["zip_code"] = nil
      if parts["region_code"] != nil { parts["region"] = nil }
      return .object(parts)
    }
    return .array(name == "custom_fields" ? plain.filter { $0["content"] != nil } : plain)
  }

  private mutating func change(_ contact: [String: JSON], _ id: Int64, _ request: BridgeRequest) -> BridgeAnswer {
    let body = request.body?.object ?? [:]
    guard Set(request.values(of: "update_mask")) == Set(body.keys) else {
      return Self.refusal(400, "update_mask is another")
    }
    if let fault = Self.fault(in: body) { return Self.refusal(400, fault) }
    var changed = contact
    for (name, json) in body { changed[name] = Self.kept(name, json) }
    contacts[id] = changed
    return BridgeAnswer(status: 200, json: shown(changed, id, nil))
  }

  private mutating func add(_ body: JSON) -> BridgeAnswer {
    let members = body.object ?? [:]
    if let fault = Self.fault(in: members) { return Self.refusal(400, fault) }
    guard members["email_addresses"] != nil || members["phone_numbers"] != nil || members["addresses"] != nil else {
      return Self.refusal(400, "Contact must contain an e-mail address, phone number or address")
    }
    next += 1
    var contact: [String: JSON] = [:]
    for (name, json) in members { contact[name] = Self.kept(name, json) }
    contacts[next] = contact
    return BridgeAnswer(status: 201, json: shown(contact, next, nil))
  }

  /// Changes a contact that is there. Of several it takes the newest, and writes lists whole: nobody knows which Keap takes, and
  /// what becomes of the rest of a list there.
  private mutating func upsert(_ request: BridgeRequest) -> BridgeAnswer? {
    guard let rule = request.values(of: "duplicate_option").first, let body = request.body?.object else { return nil }
    let text = { (json: JSON?) in json?.string?.lowercased() ?? "" }
    let same = contacts.filter { contact in
      let isNamed = ["given_name", "family_name"].allSatisfy { text(contact.value[$0]) == text(body[$0]) }
      let emails = [contact.value, body].map { text($0["email_addresses"]?[0]?["email"]) }
      return emails[0] == emails[1] && (rule == "Email" || isNamed)
    }
    guard let id = same.keys.max(), let contact = same[id] else { return nil }
    if let fault = Self.fault(in: body) { return Self.refusal(400, fault) }
    var changed = contact
    for (name, json) in body { changed[name] = Self.kept(name, json) }
    contacts[id] = changed
    return BridgeAnswer(status: 200, json: shown(changed, id, nil))
  }

  private mutating func company(_ id: Int64, _ method: String) -> BridgeAnswer {
    guard let name = companies[id] else { return Self.refusal(404, "Unable to find this Company") }
    guard method == "GET" else { return Self.refusal(405, "Method not allowed") }
    return BridgeAnswer(status: 200, json: ["id": .string(String(id)), "company_name": .string(name)])
  }

  // MARK: Lists

  private func list(_ request: BridgeRequest) -> BridgeAnswer {
    var found = contacts.sorted { $0.key < $1.key }
    for term in request.values(of: "filter").flatMap({ $0.split(separator: ";") }) {
      guard let sign = ["==", ">=", "<=", ">", "<"].first(where: { term.contains($0) }),
        let place = term.firstRange(of: sign)
      else { return Self.refusal(400, "filter: \(term) is none") }
      let name = String(term[..<place.lowerBound]), value = term[place.upperBound...].lowercased()
      let isPrefix = value.hasSuffix("*")
      let meets = { (text: String?) in
        let text = text?.lowercased() ?? ""
        return isPrefix ? text.hasPrefix(value.dropLast()) : text == value
      }
      switch name {
      case "email":
        found = found.filter {
          meets($0.value["email_addresses"]?.array?.first { $0["field"] == "EMAIL1" }?["email"]?.string)
        }
      case "given_name", "family_name": found = found.filter { meets($0.value[name]?.string) }
      case "contact_id":
        let number = Int64(value) ?? 0
        found = found.filter { contact in
          switch sign {
          case ">": contact.key > number
          case ">=": contact.key >= number
          case "<": contact.key < number
          case "<=": contact.key <= number
          default: contact.key == number
          }
        }
      case "phone_number":
        found = found.filter { $0.value["phone_numbers"]?.array?.contains { meets($0["number"]?.string) } ?? false }
      case "phone_fields": continue
      case "ids": found = found.filter { value.split(separator: ",").contains(Substring(String($0.key))) }
      default: return Self.refusal(400, "filter: \(name) is unknown")
      }
    }
    if request.values(of: "order_by") == ["id desc"] { found.reverse() }
    return page(found.map { shown($0.value, $0.key, request.values(of: "fields").first) }, "contacts", request)
  }

  private func companies(_ request: BridgeRequest) -> BridgeAnswer {
    let name = request.values(of: "filter").first?.replacing("company_name==", with: "")
    let found = companies.filter { name == nil || $0.value == name }.sorted { $0.key < $1.key }
    return page(
      found.map { ["id": .string(String($0.key)), "company_name": .string($0.value)] }, "companies", request)
  }

  private func page(_ records: [JSON], _ list: String, _ request: BridgeRequest) -> BridgeAnswer {
    let size = request.values(of: "page_size").first.flatMap { Int($0) } ?? 1000
    // A page begins behind a record, and not behind a number of records.
    let last = request.values(of: "page_token").first.map { JSON.string($0) }
    let start = last.flatMap { last in records.firstIndex { $0["id"] == last } }.map { $0 + 1 } ?? 0
    let rest = records.dropFirst(start), page = Array(rest.prefix(size))
    return BridgeAnswer(
      status: 200,
      json: [
        list: .array(page), "next_page_token": rest.count > size ? page.last?["id"] ?? .null : .null,
      ])
  }
}
