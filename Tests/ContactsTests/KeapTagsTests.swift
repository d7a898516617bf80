import Contacts
import Testing
import Wire

@Suite struct KeapTagsTests {
  private let tag = Tag(
    id: 7, name: "VIP", description: "Best", category: .init(id: 3, name: "Segments", description: nil),
    createdAt: 1_704_873_600_000, updatedAt: 1_710_498_600_999)

  @Test func `a tag has v1's keys and v2's`() {
    let plain = Tag(id: 8, name: "New", description: nil, category: nil, createdAt: 0, updatedAt: 0)
    #expect(
      KeapTags.v1(tag) == [
        "id": 7, "name": "VIP", "description": "Best", "category": ["id": 3, "name": "Segments", "description": ""],
      ])
    #expect(KeapTags.v1(plain) == ["id": 8, "name": "New", "description": ""])
    #expect(
      KeapTags.v2(tag) == [
        "id": "7", "name": "VIP", "description": "Best", "category": ["id": "3"],
        "create_time": "2024-01-10T08:00:00Z", "update_time": "2024-03-15T10:30:00Z",
      ])
    #expect(
      KeapTags.v2(plain) == [
        "id": "8", "name": "New", "create_time": "1970-01-01T00:00:00Z", "update_time": "1970-01-01T00:00:00Z",
      ])
  }

  @Test func `what is applied says since when`() {
    #expect(
      KeapTags.v1(tag, appliedAt: 1_704_873_600_000) == [
        "tag": ["id": 7, "name": "VIP", "category": "Segments"], "date_applied": "2024-01-10T08:00:00.000+0000",
      ])
    #expect(KeapTags.v2(tag, appliedAt: 1_704_873_600_000)["applied_time"] == "2024-01-10T08:00:00Z")
    #expect(KeapTags.v2(tag, appliedAt: 0)["tag"] == KeapTags.v2(tag))
  }

  @Test func `outcomes are told in v1's order and by v2's identifiers`() {
    #expect(KeapTags.v1([.success, .tagNotFound]) == [["key": "SUCCESS"], ["key": "TAG_ID_NOT_FOUND"]])
    #expect(
      KeapTags.v2([(contact: 5, outcome: .duplicate), (contact: 6, outcome: .contactNotFound)]) == [
        "results": ["5": "DUPLICATE", "6": "CONTACT_NOT_FOUND"]
      ])
  }

  @Test func `a body says what changes, and a mask of it what counts`() throws {
    let body: JSON = ["id": "9", "name": " VIP ", "description": "", "category": ["id": "3"], "update_time": "x"]
    var change = try KeapTags.tagChange(from: body, dialect: .v2)
    #expect(change.name == .set("VIP") && change.description == .null && change.category == .set(3))
    change = try KeapTags.tagChange(from: body, dialect: .v2, mask: ["category"])
    #expect(change.name == .absent && change.description == .absent && change.category == .set(3))
    change = try KeapTags.tagChange(from: ["category": .null], dialect: .v1)
    #expect(change.name == .absent && change.category == .null)
    #expect(try KeapTags.tagChange(from: ["name": 2024], dialect: .v1).name == .set("2024"))
    #expect(throws: ContactRefusal.self) { try KeapTags.tagChange(from: ["name": 2024], dialect: .v2) }
    #expect(try KeapTags.mask(["name,description", "category"], of: .tags) == ["name", "description", "category"])
    #expect(try KeapTags.mask([], of: .tags) == nil)
    #expect(throws: ContactRefusal.self) { try KeapTags.mask(["category"], of: .categories) }
  }

  @Test func `of a long name so much is saved as Keap saves`() throws {
    let long = JSON.string(String(repeating: "é", count: 300))
    let name = try KeapTags.tagChange(from: ["name": long], dialect: .v2).name.value
    #expect(name == String(repeating: "é", count: 255))
    #expect(throws: ContactRefusal.self) { try KeapTags.categoryChange(from: ["name": long], dialect: .v2) }
    #expect(throws: ContactRefusal.self) {
      try KeapTags.tagChange(from: ["description": .string(String(repeating: "x", count: 2001))], dialect: .v1)
    }
  }

  @Test(arguments: [
    JSON.array([]), "VIP", ["name": []], ["name": ["x": 1]], ["name": "a\u{0}b"], ["name": "a\tb"],
    ["name": "a\u{9F}b"],
    ["description": 5], ["description": "a\u{7}"], ["category": 3], ["category": "3"], ["category": [:]],
    ["category": ["id": .null]], ["category": ["id": "x"]], ["category": ["id": 1.5]],
  ]) func `a body that means nothing is refused`(body: JSON) {
    #expect(throws: ContactRefusal.self) { try KeapTags.tagChange(from: body, dialect: .v2) }
  }

  @Test func `identifiers are read from bodies and from queries`() throws {
    #expect(try KeapTags.ids(in: ["ids": [1, "2", 3.0]], "ids", dialect: .v1) == [1, 2, 3])
    #expect(try KeapTags.ids(in: ["contact_ids": []], "contact_ids", dialect: .v2) == [])
    #expect(try KeapTags.ids(inQuery: ["1,2", " 3"]) == [1, 2, 3])
    for dialect in [KeapDialect.v1, .v2] {
      let most = JSON.array((0..<Int64(KeapTags.mostIDs(dialect))).map(JSON.integer))
      #expect(try KeapTags.ids(in: ["ids": most], "ids", dialect: dialect).count == KeapTags.mostIDs(dialect))
      let more = JSON.array((0...Int64(KeapTags.mostIDs(dialect))).map(JSON.integer))
      for wrong in [["ids": more], [:], ["ids": 1], ["ids": ["x"]], ["ids": [.null]], ["ids": [1.5]], .null] as [JSON] {
        #expect(throws: ContactRefusal.self) { try KeapTags.ids(in: wrong, "ids", dialect: dialect) }
      }
    }
    let more = (0...100).map(String.init).joined(separator: ",")
    for wrong in [[], [""], [","], ["1,x"], ["1.5"], [more]] {
      #expect(throws: ContactRefusal.self) { try KeapTags.ids(inQuery: wrong) }
    }
  }

  @Test func `a contact tells its tags in either version, and takes none`() throws {
    var record = ContactRecord(id: 1, contact: Contact(), createdAt: 0, updatedAt: 0, createdBy: "", updatedBy: "")
    record.tagIDs = [2, 11]
    #expect(KeapV1.contact(record)["tag_ids"] == [2, 11])
    #expect(KeapV2.contact(record)["tag_ids"] == ["2", "11"])
    #expect(KeapV2.contact(record)["groups"] == "2,11")
    #expect(try KeapV1.change(from: KeapV1.contact(record)).applied(to: Contact(), as: .merge) == Contact())
    #expect(try KeapV2.change(from: ["tag_ids": ["x", 7]], mask: ["tag_ids"]) == ContactChange())
  }
}
