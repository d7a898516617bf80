import Contacts
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

/// What a tenant knows of its addresses, whoever has them.
@Suite struct EmailStatusTests {
  @Test("all who have an address show its status, in whichever slot, and a company too")
  func shared() async throws {
    let two = try await TwoTenants()
    var second = TwoTenants.person("ben@shop.example")
    second.emails = .set([EmailAddress("ben@shop.example"), EmailAddress("ANN@shop.example", field: .email3)])
    let (ann, ben) = (
      try await two.contact(), try await two.issuer.createContact(second, check: KeapV2.check, by: two.caller)
    )
    var company = CompanyChange.named("Bolt")
    company.details.emails = .set([EmailAddress("ann@shop.example")])
    let bolt = try await two.issuer.createCompany(company, by: two.caller)
    let out = EmailStatusChange(optsIn: false, reason: "asked by telephone")
    let told = try await two.issuer.changeEmailStatus(of: " Ann@Shop.example", out, by: two.caller)
    #expect(told.status == .manual && told.email == "ann@shop.example")
    #expect(try await two.issuer.contact(ann.id, by: two.caller).contact.status(of: "ann@shop.example") == .manual)
    #expect(try await two.issuer.contact(ben.id, by: two.caller).contact.emails.map(\.status) == [nil, .manual])
    let read = try #require(try await two.issuer.company(bolt.id, by: two.caller))
    #expect(read.company.details.emails.first?.status == .manual)
    let page = try await two.issuer.contacts(matching: ContactQuery(), by: two.caller)
    #expect(page.records.map { $0.contact.status(of: "ann@shop.example") } == [.manual, .manual])
    // What one of them says counts for all.
    var asked = ContactChange()
    asked.emails = .set([EmailAddress("ann@shop.example", optInReason: "asked for it")])
    _ = try await two.issuer.updateContact(ann.id, asked, as: .replace, check: KeapV2.check, by: two.caller)
    #expect(try await two.issuer.contact(ben.id, by: two.caller).contact.emails.map(\.status) == [nil, .singleOptIn])
    #expect(try await two.issuer.emailStatus("ann@shop.example", by: two.caller).status == .singleOptIn)
  }

  @Test("an address that stands in two slots of one contact is opted in once")
  func twice() async throws {
    let two = try await TwoTenants()
    var change = TwoTenants.person("ann@shop.example")
    change.emails = .set([
      EmailAddress("ann@shop.example", optInReason: "asked for it"), EmailAddress("Ann@shop.example", field: .email2),
    ])
    let ann = try await two.issuer.createContact(change, check: KeapV2.check, by: two.caller)
    let contact = try await two.issuer.contact(ann.id, by: two.caller).contact
    #expect(contact.emails.map(\.status) == [.singleOptIn, .singleOptIn])
  }

  @Test(
    "an address is opted in from where Keap lifts it, and a no by another way stays what it is",
    arguments: OptStatus.allCases)
  func transitions(status: OptStatus) async throws {
    let two = try await TwoTenants()
    let email = "ann@shop.example"
    try await two.world.database.write { db in
      try db.execute(
        "INSERT INTO email_statuses (tenant_id, email, status, created_at) VALUES ($1, $2, $3, 5)", two.caller.tenantID,
        email, status.rawValue)
    }
    let into = EmailStatusChange(optsIn: true, reason: "asked for it")
    let lifted = try await two.issuer.changeEmailStatus(of: email, into, by: two.caller)
    let isLifted = [.unengagedMarketable, .unengagedNonMarketable, .nonMarketable, .manual].contains(status)
    #expect(lifted.status == (isLifted ? .singleOptIn : status) && lifted.createdAt == 5)
    let out = EmailStatusChange(optsIn: false, reason: "asked to stop")
    let refused = try await two.issuer.changeEmailStatus(of: email, out, by: two.caller)
    #expect(refused.status == (status.isOptOut && status != .manual ? status : .manual))
  }

  @Test("P44: a no outlives its contact, and a yes ends with the last who has the address")
  func outlives() async throws {
    let two = try await TwoTenants()
    func change(_ email: String, _ optsIn: Bool) async throws {
      let change = EmailStatusChange(optsIn: optsIn, reason: "r")
      _ = try await two.issuer.changeEmailStatus(of: email, change, by: two.caller)
    }
    func status(_ email: String) async throws -> OptStatus? {
      do { return try await two.issuer.emailStatus(email, by: two.caller).status } catch ContactFault.missing {
        return nil
      }
    }
    let (no, yes) = (try await two.contact("no@shop.example"), try await two.contact("yes@shop.example"))
    var third = TwoTenants.person("cy@shop.example")
    third.emails = .set([EmailAddress("cy@shop.example"), EmailAddress("yes@shop.example", field: .email2)])
    let cy = try await two.issuer.createContact(third, check: KeapV2.check, by: two.caller)
    try await change("no@shop.example", false)
    try await change("yes@shop.example", true)
    for id in [no.id, yes.id] { try await two.issuer.deleteContact(id, by: two.caller) }
    #expect(try await status("no@shop.example") == .manual)
    #expect(try await status("yes@shop.example") == .singleOptIn, "another contact has the address")
    var moved = ContactChange()
    moved.emails = .set([EmailAddress("cy@shop.example")])
    _ = try await two.issuer.updateContact(cy.id, moved, as: .replace, check: KeapV2.check, by: two.caller)
    #expect(try await status("yes@shop.example") == nil)
    var back = TwoTenants.person("no@shop.example")
    back[.optInReason] = .set("bought something")
    let (again, _) = try await two.issuer.upsertContact(back, match: .email, check: KeapV1.check, by: two.caller)
    #expect(again.contact.status(of: "no@shop.example") == .manual)
  }

  @Test("an address that nobody has is unknown, unless somebody said no before it came")
  func unknown() async throws {
    let two = try await TwoTenants()
    await #expect(throws: ContactFault.missing(.emailAddress)) {
      try await two.issuer.emailStatus("ann@shop.example", by: two.caller)
    }
    await #expect(throws: ContactFault.invalid("The e-mail address has no @")) {
      try await two.issuer.emailStatus("ann", by: two.caller)
    }
    let out = EmailStatusChange(optsIn: false, reason: "on the old list")
    _ = try await two.issuer.changeEmailStatus(of: "ann@shop.example", out, by: two.caller)
    let ann = try await two.contact()
    #expect(ann.contact.status(of: "ann@shop.example") == .manual)
    two.world.time.advance(by: .seconds(5))
    let ben = try await two.contact("ben@shop.example")
    let status = try await two.issuer.emailStatus("ben@shop.example", by: two.caller)
    #expect(status.status == .nonMarketable && status.createdAt == ben.createdAt)
  }

  @Test("P42: what an address said to one tenant is not known to another")
  func tenants() async throws {
    let two = try await TwoTenants()
    let out = EmailStatusChange(optsIn: false, reason: "asked to stop")
    _ = try await two.issuer.changeEmailStatus(of: "ann@shop.example", out, by: two.caller)
    await #expect(throws: ContactFault.missing(.emailAddress)) {
      try await two.issuer.emailStatus("ann@shop.example", by: two.other)
    }
    let theirs = try await two.issuer.createContact(
      TwoTenants.person("ann@shop.example"), check: KeapV1.check, by: two.other)
    #expect(theirs.contact.status(of: "ann@shop.example") == .nonMarketable)
    let into = EmailStatusChange(optsIn: true, reason: "asked for it")
    _ = try await two.issuer.changeEmailStatus(of: "ann@shop.example", into, by: two.other)
    #expect(try await two.issuer.emailStatus("ann@shop.example", by: two.caller).status == .manual)
    try await two.issuer.deleteContact(theirs.id, by: two.other)
    #expect(try await two.issuer.emailStatus("ann@shop.example", by: two.caller).status == .manual)
  }

  @Test("P44: what contacts, companies and the table of opt-outs knew is known, the stricter first")
  func ofBefore() async throws {
    let database = try SQLite.inMemory()
    try await database.migrate(
      Array(IssuerSchema.migrations.prefix { $0.version < IssuerSchema.emailStatuses.version }))
    func contact(_ email: String, _ status: OptStatus?) -> Contact {
      var contact = Contact()
      contact.emails = [EmailAddress(email, status: status)]
      return contact
    }
    var former = contact("a@x.example", .singleOptIn)
    former.knownStatuses = ["gone@x.example": .spam]
    let documents = [
      former.stored, contact("A@x.example", nil).stored, contact("b@x.example", .manual).stored,
      contact("b@x.example", .singleOptIn).stored, contact("c@x.example", .singleOptIn).stored, [UInt8]("{".utf8),
    ]
    let company = contact("d@x.example", .bounce).stored
    try await database.write { db in
      try db.execute("INSERT INTO tenants (id, name, host, next_id, created_at) VALUES (1, 'Old', 'old', 9, 77)")
      for (email, status) in [("c@x.example", "MANUAL"), ("nobody@x.example", "ADMIN")] {
        try db.execute("INSERT INTO opt_outs (tenant_id, email, status) VALUES (1, $1, $2)", email, status)
      }
      for (number, document) in documents.enumerated() {
        try db.execute(
          """
          INSERT INTO contacts (tenant_id, id, revision, document, created_at, updated_at, created_by, updated_by)
          VALUES (1, $1, 1, $2, 500, 600, $3, $3)
          """, number + 1, document, [UInt8](repeating: 7, count: GrantID.byteCount))
      }
      try db.execute(
        """
        INSERT INTO companies (tenant_id, id, name, normal_name, document, email) VALUES (1, 8, 'B', 'b', $1, 'd@x.example')
        """, company)
    }
    try await database.migrate(IssuerSchema.migrations)
    let known = try await database.read { db in
      try db.rows("SELECT email, status FROM email_statuses ORDER BY email").map {
        "\(try $0["email"] as String) \(try $0["status"] as String)"
      }
    }
    #expect(
      known == [
        "a@x.example SINGLE_OPT_IN", "b@x.example MANUAL", "c@x.example MANUAL", "d@x.example BOUNCE",
        "gone@x.example SPAM", "nobody@x.example ADMIN",
      ])
  }
}
