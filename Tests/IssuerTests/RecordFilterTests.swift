import Contacts
import Store
import Testing
import Wire

@testable import Issuer

/// Lists of companies, notes and tasks, filtered by the fields that the tenant defined.
@Suite struct RecordFilterTests {
  private static let kinds: [RecordKind] = [.company, .note, .task]

  @Test("a list finds what holds a content, in the words of the field's type", arguments: kinds)
  func found(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let (colour, size) = (try await world.define("Colour"), try await world.define("Size", .wholeNumber))
    let red = try await world.add([(colour, "Dark Red"), (size, 5)], named: "One")
    let blue = try await world.add([(colour, "Blue"), (size, 40)], named: "Two")
    _ = try await world.add([], named: "Three")
    for (filter, ids) in [
      ("colour==dark red", [red]), ("Colour==dark*", [red]), ("Colour==Red", []), ("size>5", [blue]),
      ("size>=5", [red, blue]), ("Size>1;Colour==Blue", [blue]), ("size<5", []),
    ] { #expect(try await world.ids(filter) == ids, "\(filter)") }
    for filter in ["Weight==1", "Colour>a", "size==x"] {
      await #expect(throws: ContactFault.self) { try await world.ids(filter) }
    }
  }

  @Test("what a record holds now counts, and nothing of one that is gone", arguments: kinds)
  func kept(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let colour = try await world.define("Colour")
    let id = try await world.add([(colour, "Red")])
    try await world.update(id, [(colour, "Blue")], .replace)
    #expect(try await world.ids("Colour==Red").isEmpty)
    #expect(try await world.ids("Colour==Blue") == [id])
    try await world.touch(id)
    #expect(try await world.ids("Colour==Blue") == [id])
    try await world.update(id, [(colour, .null)], .replace)
    #expect(try await world.ids("Colour==Blue").isEmpty)
    try await world.update(id, [(colour, "Red")], .replace)
    switch kind {
    case .company: try await world.two.issuer.deleteCompany(id, by: world.two.caller)
    case .note, .task, .contact: try await world.two.issuer.deleteContact(world.contact, by: world.two.caller)
    }
    if kind == .task { try await world.two.issuer.deleteTask(id, by: world.two.caller) }
    let rows = try await world.two.world.database.read { try $0.rows("SELECT * FROM \(kind.valueTable)") }
    #expect(rows.isEmpty)
  }

  @Test("records of before are found by what they held")
  func ofBefore() async throws {
    for kind in Self.kinds {
      let world = try await RecordWorld(kind)
      let size = try await world.define("Size", .wholeNumber)
      let id = try await world.add([(size, 5)])
      // As if the step that keeps them had not been there yet.
      try await world.two.world.database.write { db in
        for other in Self.kinds { try db.execute("DROP TABLE \(other.valueTable)") }
        try db.execute("DELETE FROM schema_versions WHERE version >= $1", IssuerSchema.recordValues.version)
      }
      // Later steps have been there.
      try await world.two.world.database.migrate(
        Array(IssuerSchema.migrations.prefix { $0.version <= IssuerSchema.recordValues.version }))
      #expect(try await world.ids("Size==5") == [id], "\(kind)")
    }
  }
}

extension RecordWorld {
  /// The records that v2's list has for a filter, in the order of their numbers.
  fileprivate func ids(_ filter: String) async throws -> [Int64] {
    let (asked, caller) = ([(name: "filter", value: filter)], two.caller)
    switch kind {
    case .contact:
      return try await two.issuer.contacts(matching: ContactQuery(v2: asked), by: caller).records.map(\.id)
    case .company:
      return try await two.issuer.companies(matching: CompanyQuery(v2: asked), by: caller).records.map(\.id)
    case .note:
      return try await two.issuer.notes(matching: NoteQuery(v2: asked), by: caller).records.map(\.id)
    case .task:
      return try await two.issuer.tasks(matching: TaskQuery(v2: asked), by: caller).records.map(\.id)
    }
  }
}
