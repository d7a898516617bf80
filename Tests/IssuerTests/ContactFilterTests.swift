import Contacts
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Issuer

/// What lists of contacts find beside names, addresses and times.
@Suite struct ContactFilterTests {
  @Test(
    "contacts are found by numbers, places, sites and the tenant's own fields",
    arguments: [
      ("city==PHOENIX", [1, 2]), ("city==pho*", [1, 2]), ("state==Arizona", [1, 2]), ("state==Ari*;city==mesa", []),
      ("billing_address_line1==1 main st", [1]), ("billing_address_postal_code==85001", [1]),
      ("billing_address_postal_code==85001-1234", [1]), ("billing_address_country_code==USA", [1, 2]),
      ("shipping_address_country_code==USA", []),
      ("billing_address_region==Arizona;billing_address_locality==Phoenix", [1, 2]),
      ("phone_number==602 555 1234;phone_fields==PHONE1", [1]), ("phone_number==6025551234;phone_fields==PHONE2", [2]),
      ("phone_number==6025551234;phone_fields==PHONE1,PHONE2", [1, 2]), ("website==https://a*", [1]),
      ("website==*", [1]),
      ("score>10", [2, 3]), ("Score>=10;score<30", [1, 2]), ("colour==Blue*", [2]), ("colour==blue", []),
      ("city==Phoenix;score>10", [2]), ("given_name==Ann;score==30", [3]), ("lead_source_name==Google*", []),
      ("contact_id>1;score>=10", [1, 2, 3]),
    ] as [(String, [Int])])
  func finds(filter: String, expected: [Int]) async throws {
    let world = try await FilterWorld()
    #expect(try await world.found(filter) == expected)
    // The same in pages of one, backwards.
    var query = try ContactQuery(v2: [("filter", filter), ("order_by", "email desc"), ("page_size", "1")])
    let walked = try await TwoTenants.walk { token in
      query.page.token = token
      return try await world.two.issuer.contacts(matching: query, by: world.two.caller)
    }
    #expect(walked.records.map(\.id).map(world.place) == expected.reversed())
  }

  @Test(
    "names and addresses are found whole and by their beginnings, whatever else begins so",
    arguments: 1...8 as ClosedRange<UInt64>)
  func beginnings(seed: UInt64) async throws {
    var dice = SeededGenerator(seed: seed)
    let two = try await TwoTenants()
    // What one of them is another one begins with, also behind a space or a sign that sorts before it.
    let texts = ["", "de", "de la", "de!", "Dé", "della", "d", "dee "]
    var people: [(id: Int64, family: String, email: String)] = []
    for number in 0..<24 {
      var change = ContactChange()
      let family = texts.randomElement(using: &dice) ?? ""
      let email =
        dice.next() % 3 == 0 ? "" : "\(["d", "de", "de.la"].randomElement(using: &dice) ?? "")\(number)@shop.example"
      change[.familyName] = .set(family)
      if dice.next() % 2 == 0 { change[.givenName] = .set(texts.randomElement(using: &dice) ?? "") }
      // Somebody without an address has a number to be reached by.
      change.phones = .set([PhoneNumber("555 0000")])
      if !email.isEmpty { change.emails = .set([EmailAddress(email)]) }
      let made = try await two.issuer.createContact(change, check: KeapV2.check, by: two.caller)
      people.append((made.id, NormalForm.name(family), email))
    }
    func found(_ filter: ContactFilter, _ order: ContactOrder = .id) async throws -> [Int64] {
      var query = ContactQuery()
      (query.filters, query.order, query.page.limit) = ([filter], order, 5)
      return try await TwoTenants.walk { token in
        query.page.token = token
        return try await two.issuer.contacts(matching: query, by: two.caller)
      }.records.map(\.id)
    }
    for text in ["", "d", "de", "de ", "de l", "de la", "DE!", "dee", "x"] {
      let form = NormalForm.name(text)
      let (whole, beginning) = (
        people.filter { $0.family == form && form != "" },
        people.filter { $0.family.utf8.starts(with: form.utf8) && $0.family != "" }
      )
      for order in ContactOrder.allCases {
        #expect(
          try await found(.text(.familyName, text, isPrefix: false), order).sorted() == whole.map(\.id), "\(text)")
        #expect(
          try await found(.text(.familyName, text, isPrefix: true), order).sorted() == beginning.map(\.id), "\(text)*")
      }
    }
    for text in ["", "d", "de", "de.l"] {
      let beginning = people.filter { $0.email.utf8.starts(with: text.utf8) && $0.email != "" }
      #expect(try await found(.text(.email, text, isPrefix: true)) == beginning.map(\.id), "\(text)*")
      #expect(try await found(.text(.email, text, isPrefix: false)).isEmpty)
    }
    let sorted = people.sorted { ($0.email, $0.id) < ($1.email, $1.id) }.map(\.id)
    let all = ContactFilter.ids(people.map(\.id))
    #expect(try await found(all, .email) == sorted, "those without an address come first")
  }

  @Test("what is found follows what a contact has")
  func follows() async throws {
    let world = try await FilterWorld()
    var change = ContactChange()
    change.phones = .set([PhoneNumber("555 0000")])
    change.addresses = .null
    change.customFields = .set([CustomField(id: world.score, content: 99)])
    _ = try await world.two.issuer.updateContact(
      world.ids[0], change, as: .replace, check: KeapV2.check, by: world.two.caller)
    #expect(try await world.found("city==Phoenix") == [2])
    #expect(try await world.found("phone_number==6025551234;phone_fields==PHONE1,PHONE2") == [2])
    #expect(try await world.found("phone_number==5550000;phone_fields==PHONE1") == [1])
    #expect(try await world.found("score==10") == [])
    #expect(try await world.found("score==99") == [1])
    var moved = ContactChange()
    moved.phones = .set([PhoneNumber("555 1111")])
    _ = try await world.two.issuer.updateContact(
      world.ids[0], moved, as: .replace, check: KeapV2.check, by: world.two.caller)
    #expect(try await world.found("phone_number==5550000;phone_fields==PHONE1") == [])
    #expect(try await world.found("phone_number==5551111;phone_fields==PHONE1") == [1])
    #expect(try await world.found("score==99") == [1])
    try await world.two.issuer.deleteContact(world.ids[1], by: world.two.caller)
    #expect(try await world.found("city==Phoenix") == [])
    #expect(try await world.count("contact_id = \(world.ids[1])") == 0, "what hangs off a contact ends with it")
    #expect(try await world.count("contact_id = \(world.ids[0])") > 0)
  }

  @Test("a field that is deleted finds nobody, and its name may be another's")
  func deletedField() async throws {
    let world = try await FilterWorld()
    _ = try await world.two.issuer.deleteCustomField(world.score, of: .contact, by: world.two.caller)
    await #expect(throws: ContactFault.invalid("filter: score is not a field to filter by")) {
      try await world.found("score>10")
    }
    let new = NewCustomField(label: "Score", type: .text)
    _ = try await world.two.issuer.defineCustomField(new, for: .contact, by: world.two.caller)
    #expect(try await world.found("score==*") == [])
    var change = ContactChange()
    change[.jobTitle] = .set("Buyer")
    _ = try await world.two.issuer.updateContact(
      world.ids[1], change, as: .replace, check: KeapV2.check, by: world.two.caller)
    #expect(try await world.count("contact_id = \(world.ids[1]) AND field = 'custom.\(world.score)'") == 0)
  }

  @Test("P42: values of another tenant find nobody, nor do fields that it defined")
  func tenants() async throws {
    let world = try await FilterWorld()
    let other = world.two.other
    for filter in [
      "city==Phoenix", "billing_address_line1==1 Main St", "phone_number==6025551234;phone_fields==PHONE1",
    ] {
      let query = try ContactQuery(v2: [("filter", filter)])
      #expect(try await world.two.issuer.contacts(matching: query, by: other).records.isEmpty)
    }
    await #expect(throws: ContactFault.invalid("filter: score is not a field to filter by")) {
      try await world.two.issuer.contacts(matching: try ContactQuery(v2: [("filter", "score>1")]), by: other)
    }
    // Both tenants have a contact of this number.
    var change = TwoTenants.person("zoe@bolt.example")
    change.phones = .set([PhoneNumber("111", field: .phone1)])
    var ids: [Int64] = []
    while ids.last ?? 0 < world.ids[0] {
      ids.append(try await world.two.issuer.createContact(change, check: KeapV2.check, by: other).id)
    }
    #expect(ids.last == world.ids[0])
    for filter in ["city==Phoenix", "contact_ids==\(world.ids[0]);city==Phoenix"] {
      let query = try ContactQuery(v2: [("filter", filter)])
      #expect(try await world.two.issuer.contacts(matching: query, by: other).records.isEmpty)
    }
  }

  @Test("contacts of before are found by what they had")
  func ofBefore() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(Array(IssuerSchema.migrations.prefix { $0.version < IssuerSchema.values.version }))
    var contact = Contact()
    contact.phones = [PhoneNumber("602-555-1234")]
    contact.customFields = [CustomField(id: 4, content: 12)]
    let document = contact.stored
    try await database.write { db in
      for tenant in [1, 2] {
        try db.execute(
          "INSERT INTO tenants (id, name, host, next_id, created_at) VALUES ($1, $2, $2, 2000, 77)", tenant,
          "T\(tenant)")
      }
      try db.execute(
        """
        INSERT INTO custom_field_tabs (tenant_id, record_type, id, name, place, is_default)
        VALUES (1, 'CONTACT', 2, 'T', 1, 1)
        """)
      try db.execute(
        """
        INSERT INTO custom_field_groups (tenant_id, record_type, id, tab_id, name, place, is_default)
        VALUES (1, 'CONTACT', 3, 2, 'G', 1, 1)
        """)
      try db.execute(
        """
        INSERT INTO custom_fields (tenant_id, record_type, id, group_id, label, field_name, normal_name, field_type, options,
          created_at) VALUES (1, 'CONTACT', 4, 3, 'Age', 'Age', 'age', 'WHOLE_NUMBER', $1, 1)
        """, [UInt8]("[]".utf8))
      // More than are looked at together, and one that nobody can read.
      for number in 10..<1010 {
        try db.execute(
          """
          INSERT INTO contacts (tenant_id, id, revision, document, created_at, updated_at, created_by, updated_by)
          VALUES ($1, $2, 1, $3, 500, 500, $4, $4)
          """, number % 2 + 1, number, number == 11 ? [UInt8]("{".utf8) : document,
          [UInt8](repeating: 7, count: GrantID.byteCount))
      }
    }
    let told = Mutex<[Int]>([])
    try await database.migrate(IssuerSchema.migrations) { rows, _ in told.withLock { $0.append(rows) } }
    #expect(told.withLock { $0 } == [500, 1000], "they are gone through once, and the start can say so meanwhile")
    let counts = try await database.read { db in
      try db.rows(
        "SELECT tenant_id, field, COUNT(*) AS count FROM contact_values GROUP BY tenant_id, field ORDER BY 1, 2"
      ).map { "\(try $0["tenant_id"] as Int64) \(try $0["field"] as String) \(try $0["count"] as Int)" }
    }
    #expect(counts == ["1 PHONE1 500", "1 custom.4 500", "2 PHONE1 499"])
    let named = try await database.read {
      try $0.row("SELECT COUNT(*) AS count FROM contacts WHERE email = ''")?["count"] as Int?
    }
    #expect(named == 1000, "nobody has an address, which is stored as an empty one")
    // The migration writes what an act would write.
    let act = contact.searchValues([4: .wholeNumber]).map(\.value).sorted()
    let kept = try await database.read { db in
      try db.rows("SELECT value FROM contact_values WHERE contact_id = 12 ORDER BY 1").map { try $0["value"] as String }
    }
    #expect(kept == act)
  }
}

/// Three contacts with numbers, places and fields of the tenant's own.
private struct FilterWorld {
  let two: TwoTenants
  let ids: [Int64]
  let score: Int64

  init() async throws {
    two = try await TwoTenants()
    let caller = two.caller
    score = try await two.world.defineField("Score", .wholeNumber, caller).id
    let colour = try await two.world.defineField("Colour", .text, caller).id
    var ids: [Int64] = []
    for number in 1...3 {
      var change = TwoTenants.person("ann\(number)@shop.example")
      var contents = [CustomField(id: score, content: .integer(Int64(number * 10)))]
      if number < 3 {
        var address = PostalAddress(field: .billing)
        (address.locality, address.regionCode, address.countryCode) = ("Phoenix", "US-AZ", "USA")
        if number == 1 { (address.line1, address.zipCode, address.zipFour) = ("1 Main  St", "85001", "1234") }
        change.addresses = .set([address])
        change.phones = .set([PhoneNumber("(602) 555-1234", field: number == 1 ? .phone1 : .phone2)])
      }
      if number == 1 { change[.website] = .set("https://a.example") }
      if number == 2 { contents.append(CustomField(id: colour, content: "Blue Sky")) }
      change.customFields = .set(contents)
      ids.append(try await two.issuer.createContact(change, check: KeapV2.check, by: caller).id)
    }
    self.ids = ids
  }

  /// Which of the three a contact is, from one.
  func place(_ id: Int64) -> Int { (ids.firstIndex(of: id) ?? -1) + 1 }

  func found(_ filter: String) async throws -> [Int] {
    let query = try ContactQuery(v2: [("filter", filter)])
    return try await two.issuer.contacts(matching: query, by: two.caller).records.map { place($0.id) }
  }

  /// How many values are kept of which this is true.
  func count(_ condition: String) async throws -> Int {
    try await two.world.database.read { try $0.rows("SELECT value FROM contact_values WHERE \(condition)").count }
  }
}
