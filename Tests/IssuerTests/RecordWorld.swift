import Contacts
import Store
import Testing
import Wire

@testable import Issuer

/// Records of one kind, written with contents.
struct RecordWorld {
  let two: TwoTenants
  let kind: RecordKind
  /// Whom notes are about.
  let contact: Int64

  init(_ kind: RecordKind, database: (any Database)? = nil) async throws {
    two = try await TwoTenants(database: database)
    contact = try await two.contact().id
    self.kind = kind
  }

  init(_ kind: RecordKind, like world: RecordWorld) {
    (two, contact, self.kind) = (world.two, world.contact, kind)
  }

  func define(
    _ label: String, _ type: CustomFieldType = .text, _ options: [String] = [], for kind: RecordKind? = nil
  ) async throws -> Int64 {
    let new = NewCustomField(label: label, type: type, options: options.map { .init(label: $0) })
    return try await two.issuer.defineCustomField(new, for: kind ?? self.kind, by: two.caller).id
  }

  @discardableResult
  func add(_ contents: [(Int64, JSON)], named name: String = "Bolt") async throws -> Int64 {
    switch kind {
    case .contact: return try await two.world.addContact(customer("\(name)@shop.example", contents), two.caller).id
    case .company:
      var change = CompanyChange.named(name)
      change.details.customFields = fields(contents)
      return try await two.issuer.createCompany(change, by: two.caller).id
    case .note:
      return try await two.issuer.createNote(
        .with { ($0.title, $0.customFields) = (.set(name), fields(contents)) }, of: contact, check: KeapV2.check,
        by: two.caller
      ).id
    case .task:
      return try await two.issuer.createTask(
        .with { ($0.title, $0.customFields) = (.set(name), fields(contents)) }, userName: "assigned_to_user_id",
        check: { _ in }, by: two.caller
      ).id
    }
  }

  /// - Parameter act: how v1 or v2 changes what has parts; notes and tasks are changed in v2's way alone.
  func update(_ id: Int64, _ contents: [(Int64, JSON)], _ act: ContactAct) async throws {
    try await change(id, fields(contents), act)
  }

  /// Changes what is no custom field.
  func touch(_ id: Int64) async throws { try await change(id, .absent, .replace, text: "new") }

  private func change(
    _ id: Int64, _ contents: Change<[CustomField]>, _ act: ContactAct, text: String? = nil
  ) async throws {
    let text = text.map(Change.set) ?? .absent
    switch kind {
    case .contact:
      var change = ContactChange()
      change[.jobTitle] = text
      change.customFields = contents
      _ = try await two.issuer.updateContact(id, change, as: act, check: KeapV2.check, by: two.caller)
    case .company:
      var change = CompanyChange()
      change.notes = text
      change.details.customFields = contents
      _ = try await two.issuer.updateCompany(id, change, as: act, by: two.caller)
    case .note:
      _ = try await two.issuer.updateNote(
        id, .with { ($0.text, $0.customFields) = (text, contents) }, check: KeapV2.check, by: two.caller)
    case .task:
      _ = try await two.issuer.updateTask(
        id, .with { ($0.description, $0.customFields) = (text, contents) }, userName: "assigned_to_user_id",
        check: { _ in }, by: two.caller)
    }
  }

  /// What a record holds, and what v2 shows of it.
  func read(_ id: Int64) async throws -> (held: [CustomField], shown: JSON) {
    switch kind {
    case .contact:
      let record = try await two.issuer.contact(id, by: two.caller)
      return (record.contact.customFields, KeapV2.contact(record)["custom_fields"] ?? .null)
    case .company:
      let record = try #require(try await two.issuer.company(id, by: two.caller))
      return (record.company.details.customFields, KeapV2.company(record)["custom_fields"] ?? .null)
    case .note:
      let record = try await two.issuer.note(id, by: two.caller)
      return (record.note.customFields, shown(record))
    case .task:
      let record = try await two.issuer.task(id, by: two.caller)
      return (record.task.customFields, shown(record))
    }
  }

  /// What v2 shows of each record in a list.
  func listed() async throws -> [JSON] {
    switch kind {
    case .contact:
      let page = try await two.issuer.contacts(matching: ContactQuery(), by: two.caller)
      return page.records.map { KeapV2.contact($0)["custom_fields"] ?? .null }
    case .company:
      let page = try await two.issuer.companies(matching: CompanyQuery(), by: two.caller)
      return page.records.map { KeapV2.company($0)["custom_fields"] ?? .null }
    case .note: return try await two.issuer.notes(matching: NoteQuery(), by: two.caller).records.map(shown)
    case .task: return try await two.issuer.tasks(matching: TaskQuery(), by: two.caller).records.map(shown)
    }
  }

  private func fields(_ contents: [(Int64, JSON)]) -> Change<[CustomField]> {
    .set(contents.map { CustomField(id: $0.0, content: $0.1) })
  }

  private func shown(_ record: NoteRecord) -> JSON {
    KeapV2.note(record, fields: ["custom_fields"])["custom_fields"] ?? .null
  }

  private func shown(_ record: TaskRecord) -> JSON {
    KeapV2.task(record, fields: ["custom_fields"])["custom_fields"] ?? .null
  }
}
