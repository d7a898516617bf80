import Contacts
import TestKit
import Testing
import Wire

@Suite struct KeapV2Tests {
  @Test(arguments: seeds) func `a change is read back from the body that is built for it`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let change = random.contactChange()
    let body = KeapV2.body(for: change)
    #expect(try KeapV2.change(from: JSON.parse(body.serialized())) == change)
  }

  @Test(arguments: seeds) func `a contact is read back from the answer that is built for it`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let record = random.record()
    let answer = try JSON.parse(KeapV2.contact(record).serialized())
    let read = try KeapV2.contact(fromAnswer: answer)
    var expected = record.contact
    expected.knownStatuses = [:]
    #expect(read.id == String(record.id))
    #expect(read.contact == expected)
    #expect(!read.contact.differs(after: try KeapV2.change(from: answer)))
  }

  @Test(arguments: seeds) func `what an upsert wrote is unchanged when it is looked up`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var record = random.record()
    let change = random.contactChange()
    record.contact = change.applied(to: record.contact, as: .upsert)
    let read = try KeapV2.contact(fromAnswer: KeapV2.contact(record)).contact
    // The lookup does not tell which other addresses said no; that is the provider's to remember.
    #expect(!read.differs(after: change))
  }

  @Test func `a contact has v2's keys and forms`() throws {
    var contact = Contact()
    contact[.givenName] = "Ann"
    contact.birthday = CalendarDate("1985-03-15")
    contact.anniversary = CalendarDate("2015-06-20")
    contact.ownerID = 45
    contact.leadSourceID = 12
    contact.sourceType = .formAPIHosted
    contact.company = CompanyReference(id: 100, name: "Thryv")
    contact.emails = [EmailAddress("ann@example.org", optInReason: "form", status: .singleOptIn)]
    var address = PostalAddress(field: .billing)
    (address.regionCode, address.countryCode) = ("US-AZ", "USA")
    contact.addresses = [address]
    contact.socials = [SocialAccount("@ann", field: .linkedIn)]
    let record = ContactRecord(
      id: 1001, contact: contact, createdAt: 1_704_873_600_000, updatedAt: 1_710_498_600_999, createdBy: "g1",
      updatedBy: "g2")
    let expected: JSON = [
      "id": "1001", "given_name": "Ann", "birth_date": "1985-03-15", "anniversary_date": "2015-06-20",
      "owner_id": "45", "leadsource_id": "12", "source_type": "FORM_API_HOSTED",
      "company": ["id": "100", "company_name": "Thryv"], "create_time": "2024-01-10T08:00:00Z",
      "update_time": "2024-03-15T10:30:00Z", "created_by": "g1", "last_updated_by": "g2", "tag_ids": [],
      "email_addresses": [
        [
          "email": "ann@example.org", "field": "EMAIL1", "opt_in_reason": "form", "is_opt_in": true,
          "email_opt_status": "SINGLE_OPT_IN",
        ]
      ],
      "addresses": [
        [
          "field": "BILLING", "country": "United States", "country_code": "USA", "region": "Arizona",
          "region_code": "US-AZ",
        ]
      ],
      "social_accounts": [["type": "LINKED_IN", "name": "@ann"]], "phone_numbers": [], "fax_numbers": [],
      "custom_fields": [],
    ]
    #expect(KeapV2.contact(record) == expected)
    #expect(KeapV2.contact(record, fields: ["id", "given_name"]) == ["id": "1001", "given_name": "Ann"])
  }

  @Test func `fields and masks are read by comma or one by one, and unknown names refused`() throws {
    #expect(try KeapV2.fields(["id,given_name", "email_addresses"]) == ["id", "given_name", "email_addresses"])
    #expect(try KeapV2.fields([]) == nil)
    #expect(throws: ContactRefusal("update_mask: nonsense is not a property of a contact")) {
      try KeapV2.fields(["nonsense"], parameter: "update_mask")
    }
  }

  @Test func `a mask leaves out what it does not name`() throws {
    let body: JSON = ["given_name": "Ann", "family_name": "Lee", "email_addresses": 5]
    var expected = ContactChange()
    expected[.familyName] = .set("Lee")
    #expect(try KeapV2.change(from: body, mask: ["family_name", "job_title"]) == expected)
  }

  @Test(
    arguments: [
      (["given_name": 5], "given_name must be a string"),
      (["given_name": .string(String(repeating: "é", count: 41))], "given_name must be at most 40 characters"),
      (["family_name": .string(String(repeating: "x", count: 41))], "family_name must be at most 40 characters"),
      (
        [
          "email_addresses": [
            ["field": "EMAIL1", "email": .string(String(repeating: "x", count: 64) + "@example.org")]
          ]
        ],
        "email_addresses.EMAIL1.email must be at most 75 characters"
      ),
      (["phone_numbers": [["number": 5, "field": "PHONE2"]]], "phone_numbers.PHONE2.number must be a string"),
      (["owner_id": "x"], "owner_id must be a string of digits"), (["origin": "x"], "origin must be an object"),
      (["origin": ["ip_address": 5]], "origin.ip_address must be a string"),
      (["company": ["company_name": [1]]], "company.company_name must be a string"),
      (["company": ["id": "x"]], "company.id must be a number"),
      (["custom_fields": [:]], "custom_fields must be a list"),
      (
        ["custom_fields": [["id": "1"], ["id": "1", "content": 1], ["id": 1, "content": 2]]],
        "custom_fields[2].id: 1 is given twice"
      ),
      (
        ["source_type": "FAX"],
        "source_type must be one of API, APPOINTMENT, FORM_API_HOSTED, FORM_API_INTERNAL, IMPORT, INTERNAL_FORM, "
          + "LANDING_PAGE, MANUAL, OTHER, UNKNOWN, WEBFORM"
      ),
      (
        ["social_accounts": [["type": 5]]],
        "social_accounts[0].type must be one of FACEBOOK, LINKED_IN, TWITTER, INSTAGRAM, SNAPCHAT, YOUTUBE, PINTEREST"
      ),
    ] as [(JSON, String)]) func `a wrong value is refused by its place`(body: JSON, message: String)
  {
    #expect(throws: ContactRefusal(message)) { try KeapV2.change(from: body) }
  }

  @Test func `EMAIL2 may be longer than EMAIL1`() throws {
    let long = JSON.string(String(repeating: "x", count: 64) + "@example.org")
    #expect(throws: Never.self) { try KeapV2.change(from: ["email_addresses": [["field": "EMAIL2", "email": long]]]) }
  }

  @Test func `an account with a network has to name it`() {
    for type in [JSON.null, "SOCIAL_ACCOUNT_TYPE_UNSPECIFIED"] {
      let account: JSON = ["name": "ann", "type": type]
      #expect(throws: ContactRefusal("social_accounts[0].type is required")) {
        try KeapV2.change(from: ["social_accounts": .array([account])])
      }
    }
  }

  @Test func `empty parameters and empty names in them say nothing`() throws {
    #expect(try KeapV2.duplicateOption("") == nil)
    #expect(try KeapV2.fields([""]) == nil)
    #expect(try KeapV2.fields(["id, ", ",given_name"]) == ["id", "given_name"])
    #expect(try KeapV1.optionalProperties(["website, "]) == ["website"])
  }

  @Test func `an address alone suffices, nothing does not`() throws {
    let body: JSON = ["addresses": [["field": "BILLING", "line1": "x"]]]
    let contact = try KeapV2.change(from: body).applied(to: Contact(), as: .create)
    #expect(throws: Never.self) { try KeapV2.check(contact, after: .create) }
    #expect(throws: ContactRefusal.self) { try KeapV2.check(Contact(), after: .upsert) }
    #expect(throws: Never.self) { try KeapV2.check(Contact(), after: .replace) }
  }

  @Test func `a country may be given by its name, and its code counts more`() throws {
    func code(_ address: JSON) throws -> String? {
      try KeapV2.change(from: ["addresses": [address]]).addresses.value?.first?.countryCode
    }
    #expect(try code(["field": "OTHER", "country": "france"]) == "FRA")
    #expect(try code(["field": "OTHER", "country": "France", "country_code": "DEU"]) == "DEU")
    #expect(try code(["field": "OTHER", "line1": "x", "country": ""]) == nil)
    #expect(throws: ContactRefusal("addresses.OTHER.country is not a country")) {
      try code(["field": "OTHER", "country": "Atlantis"])
    }
    let answer: JSON = ["id": "7", "addresses": [["field": "OTHER", "line1": "x", "country": "Atlantis"]]]
    #expect(try KeapV2.contact(fromAnswer: answer).contact.addresses.map(\.line1) == ["x"])
  }

  @Test func `what a provider says in an unknown way is left aside, the rest is read`() throws {
    let answer: JSON = [
      "id": 7, "given_name": "Ann", "source_type": "CARRIER_PIGEON", "birth_date": "soon", "links": [1],
      "company": 5, "family_name": ["x"],
      "email_addresses": [["email": "not an address", "field": "EMAIL1", "email_opt_status": "NEW_STATUS"]],
      "phone_numbers": [["number": "1", "field": "PHONE9"]],
    ]
    let read = try KeapV2.contact(fromAnswer: answer)
    var expected = Contact()
    expected[.givenName] = "Ann"
    expected.emails = [EmailAddress("not an address")]
    expected.phones = [PhoneNumber("1")]
    #expect(read.id == "7")
    #expect(read.contact == expected)
    #expect(throws: ContactRefusal.self) { try KeapV2.contact(fromAnswer: ["given_name": "Ann"]) }
    #expect(throws: ContactRefusal.self) { try KeapV2.contact(fromAnswer: "<html>") }
  }

  @Test func `a page of contacts is read back`() throws {
    var random = SeededGenerator(seed: 1)
    let records = (0..<3).map { _ in random.record() }
    let page = try KeapV2.contacts(
      fromAnswer: KeapV2.list("contacts", records.map { KeapV2.contact($0) }, nextPageToken: "77"))
    #expect(page.contacts.map(\.id) == records.map { String($0.id) })
    #expect(page.nextPageToken == "77")
    #expect(try KeapV2.contacts(fromAnswer: KeapV2.list("contacts", [], nextPageToken: nil)).nextPageToken == nil)
    #expect(throws: ContactRefusal.self) { try KeapV2.contacts(fromAnswer: [:]) }
  }

  @Test func `errors have Keap's forms, and say what they say`() {
    let error = KeapV2.error(400, "BILLING Region is invalid", resource: "POST /rest/v2/contacts")
    let expected: JSON = [
      "code": 400, "message": "BILLING Region is invalid", "status": "Bad Request",
      "details": [["domain": "contacts", "resource": "POST /rest/v2/contacts"]],
    ]
    #expect(error == expected)
    #expect(KeapFault.message(in: error).map(KeapFault.refusesRegion) == true)
    #expect(!KeapFault.refusesRegion("Unable to find this Contact"))
    #expect(KeapV1.error("Unable to find this Contact") == ["message": "Unable to find this Contact"])
    for fault in KeapFault.allCases {
      #expect(KeapFault(body: fault.body) == fault)
      #expect(KeapFault.message(in: fault.body)?.isEmpty == false)
    }
    #expect(KeapFault(body: error) == nil)
  }

  @Test func `who a token acts for is read back from both versions`() {
    var info = KeapUserInfo(
      email: "ann@example.org", givenName: "Ann", familyName: "Lee", globalUserID: 12, isAdmin: true, subject: "12",
      tenantID: "xy123")
    info.preferredName = "Annie"
    #expect(KeapUserInfo(info.v2) == info)
    info.tenantID = nil
    #expect(KeapUserInfo(info.v1) == info)
    #expect(info.v1["infusionsoft_id"] == "ann@example.org")
    #expect(info.v1["global_user_id"] == 12)
    #expect(KeapUserInfo(["fault": [:]]) == nil)
  }
}
