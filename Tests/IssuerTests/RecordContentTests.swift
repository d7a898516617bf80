import Contacts
import Store
import Testing
import Wire

@testable import Issuer

/// What companies, notes and tasks hold of the fields that a tenant defined: the rule is the one for contacts.
@Suite struct RecordContentTests {
  static let kinds = RecordKind.allCases.filter { $0 != .contact }

  @Test(
    "a number that is not defined for the kind is refused on create and update, and nothing is written",
    arguments: kinds)
  func undefined(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let colour = try await world.define("Colour")
    let ofContacts = try await world.define("Size", for: .contact)
    let made = try await world.add([(colour, "red")])
    for id in [0, -1, Int64.max, ofContacts, made] {
      let fault = ContactFault.invalid("custom_fields: there is no custom field \(id) for \(kind.rawValue)")
      for content in ["x", JSON.null] {
        await #expect(throws: fault) { try await world.add([(colour, "blue"), (id, content)], named: "Nuts") }
        for act in [ContactAct.merge, .replace] {
          await #expect(throws: fault) { try await world.update(made, [(colour, "blue"), (id, content)], act) }
        }
      }
    }
    #expect(try await world.read(made).held == [CustomField(id: colour, content: "red")])
    #expect(try await world.listed().count == 1)
  }

  @Test("P42: a field that another tenant alone has defined is not there", arguments: kinds)
  func otherTenant(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let theirs = try await world.two.issuer.defineCustomField(
      NewCustomField(label: "Colour", type: .text), for: kind, by: world.two.other
    ).id
    await #expect(
      throws: ContactFault.invalid("custom_fields: there is no custom field \(theirs) for \(kind.rawValue)")
    ) {
      try await world.add([(theirs, "red")])
    }
    #expect(try await world.read(world.add([])).shown == [])
  }

  @Test("a content is kept in the one form of its type, and another spelling of it writes nothing", arguments: kinds)
  func normalised(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let (colour, age) = (
      try await world.define("Colour", .dropdown, ["Red", "Blue"]), try await world.define("Age", .wholeNumber)
    )
    let made = try await world.add([(colour, "red"), (age, "32")])
    let held = [CustomField(id: colour, content: "Red"), CustomField(id: age, content: 32)]
    #expect(try await world.read(made).held == held)
    let mark = try await world.two.world.database.changeMark()
    for act in [ContactAct.merge, .replace] { try await world.update(made, [(age, 32.0), (colour, 1)], act) }
    #expect(try await world.two.world.database.changeMark() == mark)
    await #expect(throws: ContactFault.invalid("custom_fields.\(age) (Age) must be a whole number")) {
      try await world.update(made, [(age, "old")], .replace)
    }
    #expect(try await world.read(made).held == held)
  }

  @Test(
    "what a record holds from before may be said again, though its option is gone; nobody else may say it",
    arguments: kinds)
  func heldBefore(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let colour = try await world.define("Colour", .dropdown, ["Red", "Blue"])
    let made = try await world.add([(colour, "Red")])
    let model = try await world.two.issuer.customFields(of: kind, by: world.two.caller)
    let blue = try #require(model[colour]?.options.last?.id)
    _ = try await world.two.issuer.updateCustomField(
      colour, CustomFieldChange(options: [.init(id: blue, label: "Blue")]), of: kind, by: world.two.caller)
    for act in [ContactAct.merge, .replace] { try await world.update(made, [(colour, "Red")], act) }
    try await world.touch(made)
    #expect(try await world.read(made).held == [CustomField(id: colour, content: "Red")])
    let fault = ContactFault.invalid("custom_fields.\(colour) (Colour) must be one of the field's options")
    await #expect(throws: fault) { try await world.add([(colour, "Red")], named: "Nuts") }
    try await world.update(made, [(colour, "Blue")], .replace)
    await #expect(throws: fault) { try await world.update(made, [(colour, "Red")], .replace) }
  }

  @Test("a deleted definition hides what records hold of it at once, and the next write drops it", arguments: kinds)
  func deletion(kind: RecordKind) async throws {
    let world = try await RecordWorld(kind)
    let (colour, age) = (try await world.define("Colour"), try await world.define("Age", .wholeNumber))
    let made = try await world.add([(colour, "red"), (age, 32)])
    #expect(try await world.two.issuer.deleteCustomField(colour, of: kind, by: world.two.caller))
    let shown: JSON = [["id": .string(String(age)), "content": 32]]
    #expect(try await world.read(made).shown == shown)
    #expect(try await world.listed() == [shown])
    try await world.touch(made)
    #expect(try await world.read(made).held == [CustomField(id: age, content: 32)])
    await #expect(throws: ContactFault.self) { try await world.update(made, [(colour, "red")], .replace) }
    try await world.update(made, [], .replace)
    #expect(try await world.read(made).shown == [["id": .string(String(age)), "content": .null]])
  }

  @Test("notes and tasks have their fields together")
  func together() async throws {
    let notes = try await RecordWorld(.note)
    let colour = try await notes.define("Colour")
    let tasks = RecordWorld(.task, like: notes)
    let (note, task) = (try await notes.add([(colour, "red")]), try await tasks.add([(colour, "blue")]))
    #expect(try await notes.read(note).held == [CustomField(id: colour, content: "red")])
    #expect(try await tasks.read(task).held == [CustomField(id: colour, content: "blue")])
  }

  @Test("an act reads what is defined once, however many records it has to do with", arguments: kinds)
  func oneLookup(kind: RecordKind) async throws {
    let store = ExplainingDatabase(try SQLite.inMemory())
    let world = try await RecordWorld(kind, database: store)
    var contents: [(Int64, JSON)] = []
    for number in 0..<5 { contents.append((try await world.define("F\(number)"), "x")) }
    var made: Int64 = 0
    for number in 0..<3 { made = try await world.add(contents, named: "Bolt \(number)") }
    func lookups(_ act: () async throws -> Void) async throws -> Int {
      _ = store.takeLines()
      try await act()
      return store.takeLines().filter { $0.hasPrefix("SEARCH f USING") }.count
    }
    #expect(try await lookups { _ = try await world.listed() } == 1)
    #expect(try await lookups { _ = try await world.add(contents, named: "Nuts") } == 1)
    #expect(try await lookups { try await world.update(made, contents.map { ($0.0, "y") }, .replace) } == 1)
  }
}
