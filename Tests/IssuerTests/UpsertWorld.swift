import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// A world, and somebody who sends contacts by our own routes.
struct UpsertWorld: Sendable {
  var world: IssuerWorld
  var caller: Caller

  init(seed: UInt64 = 1, database: (any Database)? = nil) async throws {
    world = try await IssuerWorld(seed: seed, database: database)
    caller = try await Self.caller(in: world)
  }

  init(_ world: IssuerWorld, _ caller: Caller) { (self.world, self.caller) = (world, caller) }

  static func caller(in world: IssuerWorld) async throws -> Caller {
    try await world.issuer.authenticate(try await world.tokens(world.app).accessToken)
  }

  /// - Returns: what became of each contact.
  @discardableResult
  func send(
    _ items: [UpsertItem], _ rule: MatchRule = .email, isDryRun: Bool = false
  ) async throws -> [ItemOutcome] {
    let (outcomes, told) = AsyncStream.makeStream(of: [ItemOutcome].self)
    _ = try await world.issuer.upsertContacts(
      items, UpsertOrder(rule: rule, isDryRun: isDryRun), check: KeapV2.check, by: caller
    ) {
      told.yield($0)
      return KeptAnswer(status: 200, body: [])
    }
    return try #require(await outcomes.first { _ in true })
  }

  @discardableResult
  func send(
    _ changes: [ContactChange], _ rule: MatchRule = .email, isDryRun: Bool = false
  ) async throws -> [ItemOutcome] {
    try await send(changes.map { UpsertItem($0) }, rule, isDryRun: isDryRun)
  }

  /// Sends a batch that may be sent again, and gives its answer.
  func send(_ changes: [ContactChange], key: String, by other: Caller? = nil) async throws -> KeptAnswer {
    let items = changes.map { UpsertItem($0) }
    let body = Array(changes.map { KeapV2.body(for: $0).text }.joined().utf8)
    let request = try #require(RepeatableRequest(key: key, target: "POST /v1/contacts:batch", body: body))
    return try await world.issuer.upsertContacts(
      items, UpsertOrder(rule: .email, request: request), check: KeapV2.check, by: other ?? caller
    ) { KeptAnswer(status: 200, body: UpsertAnswer.batch(items, $0, isDryRun: false).serialized()) }
  }

  func create(_ change: ContactChange) async throws -> ContactRecord {
    try await world.issuer.createContact(change, check: KeapV2.check, by: caller)
  }

  func read(_ id: Int64) async throws -> ContactRecord { try await world.issuer.contact(id, by: caller) }

  var contactCount: Int {
    get async throws { try await world.database.read { try $0.rows("SELECT id FROM contacts").count } }
  }

  /// All that acts on contacts write, table by table.
  func stored() async throws -> [String: [[Value]]] {
    let columns = [
      "tenants": ["next_id"],
      "contacts": ["id", "revision", "document", "email", "created_at", "updated_at", "created_by", "updated_by"],
      "companies": ["id", "revision", "name"], "match_keys": ["rule", "value", "contact_id"],
      "contact_values": ["contact_id", "field", "value"],
      "email_statuses": ["email", "status", "reason", "created_at"],
      "kept_answers": ["request_key", "body"],
    ]
    return try await world.database.read { db in
      try columns.reduce(into: [:]) { stored, entry in
        let (table, columns) = entry
        let list = columns.joined(separator: ", ")
        let rows = try db.rows("SELECT \(list) FROM \(table) ORDER BY \(list)")
        stored[table] = try rows.map { row in try columns.map { try row[$0] as Value } }
      }
    }
  }
}

extension UpsertWorld {
  static func person(
    _ email: String, _ given: String? = nil, _ family: String? = nil, company: String? = nil
  ) -> ContactChange {
    var change = ContactChange()
    change.emails = .set([EmailAddress(email)])
    if let given { change[.givenName] = .set(given) }
    if let family { change[.familyName] = .set(family) }
    if let company { change.company = .set(CompanyReference(name: company)) }
    return change
  }
}

extension ItemOutcome {
  var conflict: ItemConflict? {
    if case .conflict(let conflict) = self { conflict } else { nil }
  }

  var refusal: PlacedRefusal? {
    if case .refused(let refusal) = self { refusal } else { nil }
  }
}
