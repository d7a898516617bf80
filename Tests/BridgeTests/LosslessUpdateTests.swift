import Bridge
import Contacts
import TestKit
import Testing
import Wire
import XMLRPC

/// What an update does not name stays as it was, though REST replaces lists whole.
@Suite struct LosslessUpdateTests {
  @Test(arguments: Array(UInt64(0)..<50))
  func `P44 an update of one phone leaves every other phone, address, e-mail, tag and custom field as it was`(
    seed: UInt64
  ) async throws {
    var random = SeededGenerator(seed: seed)
    for round in 0..<20 {
      let world = BridgeWorld(), before = random.contact()
      world.rest.put(before, at: 77)
      let place = Int.random(in: 1...5, using: &random), number = round % 5 == 0 ? "" : "555-\(round)"
      _ = try await world.call("ContactService.update", 77, .structure(["Phone\(place)": .string(number)]))
      let after = try #require(world.rest[77])
      var expected = before
      var phones = before["phone_numbers"]?.array ?? []
      let slot = JSON.string("PHONE\(place)"), index = phones.firstIndex { $0["field"] == slot }
      var entry = index.flatMap { phones[$0].object } ?? ["field": slot]
      if entry["number"] != .string(number) { entry["number_e164"] = nil }
      entry["number"] = .string(number)
      switch (index, number.isEmpty) {
      case (let index?, true): phones.remove(at: index)
      case (let index?, false): phones[index] = .object(entry)
      case (nil, true): break
      case (nil, false): phones.append(.object(entry))
      }
      expected["phone_numbers"] = .array(phones)
      #expect(after == expected)
      #expect(world.rest.writes.count == 1)
    }
  }

  @Test(arguments: Array(UInt64(0)..<50))
  func `P44 updates of one field after the other leave the rest as it was`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let world = BridgeWorld(), before = random.contact()
    world.rest.define(("11", "Size", "TEXT"), ("12", "Born", "DATE"), ("13", "Count", "WHOLE_NUMBER"))
    world.rest.put(before, at: 77)
    let changes: [(name: String, value: XMLRPCValue, list: String)] = [
      ("FirstName", "Zoë", "given_name"), ("EmailAddress2", "new@example.org", "email_addresses"),
      ("City2", "Mesa", "addresses"), ("_Size", "XL", "custom_fields"), ("Fax2", "5", "fax_numbers"),
      ("StreetAddress2", "", "addresses"), ("Birthday", "20000229T00:00:00", "birth_date"),
    ]
    var touched: Set<String> = []
    for change in changes.shuffled(using: &random) {
      touched.insert(change.list)
      _ = try await world.call("ContactService.update", 77, .structure([change.name: change.value]))
      let after = try #require(world.rest[77])
      for (name, json) in before where !touched.contains(name) { #expect(after[name] == json, "\(name)") }
    }
    let after = try #require(world.rest[77])
    for list in ["email_addresses", "phone_numbers", "fax_numbers"] {
      for entry in before[list]?.array ?? [] where entry["field"] != "EMAIL2" && entry["field"] != "FAX2" {
        #expect(after[list]?.array?.contains(entry) == true, "\(list)")
      }
    }
    for entry in before["custom_fields"]?.array ?? [] where entry["id"] != "11" {
      #expect(after["custom_fields"]?.array?.contains(entry) == true)
    }
  }

  @Test func `P44 two updates of one contact at once both hold`() async throws {
    let world = BridgeWorld()
    world.rest.put(["phone_numbers": [["field": "PHONE1", "number": "1"]]], at: 77)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for place in 2...5 {
        group.addTask {
          try await world.call("ContactService.update", 77, .structure(["Phone\(place)": .string("\(place)")]))
        }
      }
      try await group.waitForAll()
    }
    let numbers = world.rest[77]?["phone_numbers"]?.array?.compactMap { $0["number"]?.string }
    #expect(numbers?.sorted() == ["1", "2", "3", "4", "5"])
  }

  @Test func `P44 a reason to opt in stays with its address, and does not pass to the next`() async throws {
    let world = BridgeWorld()
    let emails: JSON = [
      ["field": "EMAIL1", "email": "a@example.org", "opt_in_reason": "asked"],
      ["field": "EMAIL2", "email": "b@example.org", "opt_in_reason": "asked"],
    ]
    world.rest.put(["email_addresses": emails], at: 77)
    try await world.call("ContactService.update", 77, ["EmailAddress2": "c@example.org"])
    #expect(
      world.rest[77]?["email_addresses"] == [
        ["field": "EMAIL1", "email": "a@example.org", "opt_in_reason": "asked"],
        ["field": "EMAIL2", "email": "c@example.org"],
      ])
  }

  @Test func `a field that needs no list is written without reading the contact`() async throws {
    let world = BridgeWorld()
    world.rest.put(["given_name": "Ada"], at: 77)
    #expect(try await world.call("ContactService.update", 77, ["LastName": "Lee"]) == 77)
    #expect(world.rest.requests.map(\.method) == ["PATCH"])
    #expect(world.rest[77] == ["given_name": "Ada", "family_name": "Lee"])
  }
}

extension SeededGenerator {
  private mutating func word() -> String {
    String((0..<Int.random(in: 1...8, using: &self)).compactMap { _ in "abcXYZ0189 é你".randomElement(using: &self) })
      + "x"
  }

  private mutating func entries(
    _ slots: [String], _ fill: (inout SeededGenerator, String) -> [String: JSON]
  ) -> JSON {
    .array(
      slots.filter { _ in Bool.random(using: &self) }.map { slot in
        var parts = fill(&self, slot)
        parts["field"] = .string(slot)
        return .object(parts)
      })
  }

  /// A contact as REST keeps it.
  mutating func contact() -> [String: JSON] {
    var contact: [String: JSON] = [
      "given_name": .string(word()), "family_name": .string(word()), "job_title": .string(word()), "owner_id": "3",
      "company": ["id": "9", "company_name": "Acme"], "tag_ids": .array((0..<3).map { .string(String($0 + 90)) }),
    ]
    contact["email_addresses"] = entries(["EMAIL1", "EMAIL2", "EMAIL3"]) { random, slot in
      var parts: [String: JSON] = ["email": .string("\(slot.lowercased())@example.org")]
      if Bool.random(using: &random) { parts["opt_in_reason"] = .string(random.word()) }
      return parts
    }
    contact["phone_numbers"] = entries(["PHONE1", "PHONE2", "PHONE3", "PHONE4", "PHONE5"]) { random, _ in
      var parts: [String: JSON] = ["number": .string(random.word())]
      if Bool.random(using: &random) { parts["extension"] = "7" }
      if Bool.random(using: &random) { parts["type"] = "Work" }
      if Bool.random(using: &random) { parts["number_e164"] = "+15550100" }
      return parts
    }
    contact["fax_numbers"] = entries(["FAX1", "FAX2"]) { random, _ in ["number": .string(random.word())] }
    contact["addresses"] = entries(["BILLING", "SHIPPING", "OTHER"]) { random, _ in
      var parts: [String: JSON] = ["line1": .string(random.word()), "postal_code": "85001"]
      if Bool.random(using: &random) { parts["line2"] = .string(random.word()) }
      if Bool.random(using: &random) { (parts["country_code"], parts["region_code"]) = ("USA", "US-AZ") }
      return parts
    }
    contact["custom_fields"] = .array(
      ["11", "12", "13"].filter { _ in Bool.random(using: &self) }.map {
        ["id": .string($0), "content": .string(word())]
      })
    return contact
  }
}
