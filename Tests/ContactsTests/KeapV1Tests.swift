import Contacts
import TestKit
import Testing
import Wire

@Suite struct KeapV1Tests {
  private let record: ContactRecord = {
    var contact = Contact()
    contact.emails = [EmailAddress("john.doe@gmail.com")]
    return ContactRecord(
      id: 30, contact: contact, createdAt: 1_731_447_954_000, updatedAt: 1_731_447_961_341, createdBy: "g",
      updatedBy: "g")
  }()

  @Test func `a contact has the keys and forms of the recorded answer`() throws {
    let built = KeapV1.contact(record)
    let recorded = """
      {"ScoreValue":"0","addresses":[],"company":null,"date_created":"2024-11-12T21:45:54.000+0000",\
      "email_addresses":[{"email":"john.doe@gmail.com","field":"EMAIL1"}],"email_opted_in":false,\
      "email_status":"NonMarketable","family_name":"","given_name":"","id":30,\
      "last_updated":"2024-11-12T21:46:01.341+0000","last_updated_utc_millis":1731447961341,"middle_name":null,\
      "owner_id":null,"phone_numbers":[],"tag_ids":[]}
      """
    #expect(built.text == recorded)
  }

  @Test func `custom fields and the like come only on request`() throws {
    var record = record
    record.contact.customFields = [CustomField(id: 6, content: "Owner"), CustomField(id: 7, content: "gone")]
    record.model = .defining(5...6)
    record.contact[.jobTitle] = "CEO"
    #expect(KeapV1.contact(record)["custom_fields"] == nil)
    let optional = try KeapV1.optionalProperties(["custom_fields,job_title", "birthday"])
    let built = KeapV1.contact(record, optional: optional)
    #expect(built["custom_fields"] == [["id": 5, "content": .null], ["id": 6, "content": "Owner"]], "as recorded")
    #expect(built["job_title"] == "CEO")
    #expect(built["birthday"]?.isNull == true)
    #expect(built["website"] == nil)
  }

  @Test func `unknown optional properties are named`() {
    #expect(throws: ContactRefusal("The following optional-properties are unrecognized: bar, foo")) {
      try KeapV1.optionalProperties(["foo,custom_fields", "bar"])
    }
  }

  @Test(arguments: seeds) func `a client that writes back all it ever read changes nothing`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var record = random.record()
    record.contact[.optInReason] = random.chance(50) ? "form" : nil
    let read = KeapV1.contact(record, optional: KeapV1.properties)
    let change = try KeapV1.change(from: JSON.parse(read.serialized()))
    #expect(change.applied(to: record.contact, as: .merge) == record.contact)
  }

  @Test func `everything written is read back by asking for it`() throws {
    let body: JSON = [
      "given_name": "Ann", "family_name": "Lee", "middle_name": "M", "preferred_name": "Annie", "prefix": "Dr.",
      "suffix": "Jr", "job_title": "CEO", "spouse_name": "Bob", "contact_type": "Prospect",
      "website": "https://a.example",
      "anniversary": "2015-06-20", "time_zone": "America/New_York", "preferred_locale": "en_US", "owner_id": 45,
      "lead_source_id": 12, "opt_in_reason": "form", "source_type": "FORMAPIHOSTED",
      "email_addresses": [
        ["email": "ann@example.org", "field": "EMAIL1"], ["email": "a2@example.org", "field": "EMAIL3"],
      ],
      "phone_numbers": [
        ["number": "555", "extension": "1", "type": "Work", "number_e164": "+15551234567", "field": "PHONE4"]
      ],
      "fax_numbers": [["number": "556", "type": "Work", "field": "FAX2"]],
      "addresses": [
        [
          "line1": "1 Main St", "line2": "Apt 2", "locality": "Phoenix", "region": "Arizona", "zip_code": "85001",
          "zip_four": "8244", "country_code": "USA", "field": "SHIPPING",
        ]
      ],
      "social_accounts": [["name": "@ann", "type": "LinkedIn"], ["name": "ann", "type": "YouTube"]],
      "custom_fields": [["id": 6, "content": ["a", 1]]],
    ]
    let contact = try KeapV1.change(from: body).applied(to: Contact(), as: .create)
    var record = record
    record.model = .defining(6...6)
    record.contact = contact
    let read = KeapV1.contact(record, optional: KeapV1.properties)
    for (key, value) in try #require(body.object) { #expect(read[key] == value, "\(key)") }
    #expect(read["email_status"] == "SingleOptIn")
    #expect(read["email_opted_in"] == true)
  }

  @Test func `birthday and origin are read back with what the server adds`() throws {
    let change = try KeapV1.change(from: [
      "birthday": "1985-03-15T23:30:00.000-0800", "origin": ["ip_address": "192.0.2.1"],
    ])
    var record = record
    record.contact = change.applied(to: record.contact, as: .merge)
    let read = KeapV1.contact(record, optional: KeapV1.properties)
    #expect(read["birthday"] == "1985-03-15T00:00:00.000+0000")
    #expect(read["origin"] == ["date": "2024-11-12T21:45:54.000+0000", "ip_address": "192.0.2.1"])
  }

  @Test func `read-only and unknown keys are left aside`() throws {
    let change = try KeapV1.change(from: [
      "id": 77, "tag_ids": "x", "date_created": 1, "ScoreValue": .null, "email_opted_in": true, "company_name": "Acme",
      "relationships": [], "email_status": "Confirmed", "whatever": [[:]], "given_name": "Ann",
    ])
    var expected = ContactChange()
    expected[.givenName] = .set("Ann")
    #expect(change == expected)
  }

  @Test func `numbers stand for texts and digits for numbers, as v1's clients write them`() throws {
    let change = try KeapV1.change(from: [
      "owner_id": "5", "phone_numbers": [["number": 5_551_234, "field": "PHONE1"]],
    ])
    #expect(change.ownerID == .set(5))
    #expect(change.phones == .set([PhoneNumber("5551234")]))
  }

  @Test func `a mask leaves out what it does not name`() throws {
    let body: JSON = ["given_name": "Ann", "family_name": "Lee"]
    var expected = ContactChange()
    expected[.familyName] = .set("Lee")
    #expect(try KeapV1.change(from: body, mask: ["family_name", "job_title"]) == expected)
  }

  @Test func `entries without a slot take the first free ones`() throws {
    let change = try KeapV1.change(from: [
      "email_addresses": [["email": "b@example.org"], ["email": "a@example.org", "field": "EMAIL1"]]
    ])
    #expect(change.emails == .set([EmailAddress("b@example.org", field: .email2), EmailAddress("a@example.org")]))
  }

  @Test(
    arguments: [
      ([:], "Contact must contain an e-mail address or phone number"),
      (["addresses": [["field": "OTHER", "line1": "x"]]], "Contact must contain an e-mail address or phone number"),
      (
        [
          "addresses": [["field": "BILLING", "region": "VV", "country_code": "NLD"]],
          "phone_numbers": [["number": "1"]],
        ],
        "BILLING Region is invalid"
      ),
      (
        [
          "addresses": [["field": "SHIPPING", "region": "AZ", "country_code": "CAN"]],
          "phone_numbers": [["number": "1"]],
        ],
        "SHIPPING Region is invalid"
      ),
      (
        ["addresses": [["field": "OTHER", "region": "AZ"]], "phone_numbers": [["number": "1"]]],
        "OTHER country_code is required if region is specified"
      ),
      (
        ["addresses": [["field": "OTHER", "country_code": "US"]], "phone_numbers": [["number": "1"]]],
        "OTHER Country is invalid"
      ),
    ] as [(JSON, String)]) func `a new contact that Keap refuses is refused in its words`(body: JSON, message: String)
    throws
  {
    let contact = try KeapV1.change(from: body).applied(to: Contact(), as: .create)
    #expect(throws: ContactRefusal(message)) { try KeapV1.check(contact, after: .create) }
  }

  @Test func `a region of a country whose regions are not known is taken`() throws {
    let body: JSON = ["addresses": [["field": "BILLING", "region": "Bretagne", "country_code": "FRA"]]]
    let contact = try KeapV1.change(from: body).applied(to: Contact(), as: .create)
    #expect(throws: Never.self) { try KeapV1.check(contact, after: .merge) }
  }

  @Test(
    arguments: [
      (["email_addresses": [["email": "nobody", "field": "EMAIL1"]]], "EMAIL1 has no @"),
      (["email_addresses": "x"], "email_addresses must be a list"),
      (["email_addresses": ["x"]], "email_addresses[0] must be an object"),
      (
        ["email_addresses": [["email": "a@b.cd", "field": "EMAIL4"]]],
        "email_addresses[0].field must be one of EMAIL1, EMAIL2, EMAIL3"
      ),
      (["fax_numbers": [["field": "FAX1"], ["field": "FAX1"]]], "fax_numbers[1].field: FAX1 is given twice"),
      (["fax_numbers": [[:], [:], [:]]], "fax_numbers has more entries than slots"),
      (
        ["social_accounts": [["type": "MySpace"]]],
        "social_accounts[0].type must be one of Facebook, LinkedIn, Twitter, Instagram, Snapchat, YouTube, Pinterest"
      ),
      (["given_name": ["x"]], "given_name must be a string"), (["owner_id": "x"], "owner_id must be a number"),
      (["birthday": "15.3.1985"], "birthday must be a date such as 1985-03-15"),
      (["anniversary": "2023-02-29"], "anniversary must be a date such as 1985-03-15"),
      (["company": 5], "company must be an object"),
      (["custom_fields": [["content": 1]]], "custom_fields[0].id must be a number"),
      ([1], "The body must be a JSON object"),
    ] as [(JSON, String)]) func `a wrong value is refused by its place`(body: JSON, message: String)
  {
    #expect(throws: ContactRefusal(message)) { try KeapV1.change(from: body) }
  }

  @Test func `a list names its pages, also when it is empty`() throws {
    let query = try ContactQuery(v1: [("limit", "2"), ("offset", "2")])
    let list = KeapV1.list(
      "contacts", [], total: 2, page: query.page, address: "http://localhost/crm/rest/v1/contacts/",
      asked: [("email", "a+b@example.org"), ("order", "id")])
    #expect(list["contacts"] == [])
    #expect(list["count"] == 2)
    let more = "&email=a%2Bb@example.org&order=id"
    #expect(list["next"] == .string("http://localhost/crm/rest/v1/contacts/?limit=2&offset=4\(more)"))
    #expect(list["previous"] == .string("http://localhost/crm/rest/v1/contacts/?limit=2&offset=0\(more)"))
  }
}
