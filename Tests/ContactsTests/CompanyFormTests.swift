import Contacts
import TestKit
import Testing
import Wire

@Suite struct CompanyFormTests {
  @Test(arguments: seeds) func `what v2 shows of a company changes nothing when it is sent back`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var company = Company(name: "Bolt", notes: "x\ny")
    company.details = try KeapV2.companyChange(from: random.companyBody()).applied(to: company, as: .upsert).details
    var record = CompanyRecord(
      id: 7, company: company, createdAt: 0, updatedAt: 0, createdBy: 1, updatedBy: 1, model: .defining(1...3))
    record.tagIDs = [5]
    let change = try KeapV2.companyChange(from: KeapV2.company(record))
    for act in [ContactAct.upsert, .replace] { #expect(change.applied(to: company, as: act) == company) }
    // v1 speaks of less, and leaves the rest alone.
    let older = try KeapV1.companyChange(from: KeapV1.company(record, optional: nil))
    let merged = older.applied(to: company, as: .merge)
    #expect(merged.details.texts == company.details.texts && merged.notes == company.notes)
    #expect(merged.details.emails.first?.email == company.details.emails.first?.email)
    #expect(merged.details.customFields == company.details.customFields)
  }

  @Test(arguments: seeds) func `the same change again changes nothing more`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let start = Company(name: "Bolt")
    let first = try KeapV2.companyChange(from: random.companyBody()).applied(to: start, as: .upsert)
    let change = try KeapV2.companyChange(from: random.companyBody())
    for act in [ContactAct.upsert, .merge, .replace] {
      let once = change.applied(to: first, as: act)
      #expect(change.applied(to: once, as: act) == once)
      #expect(once.details.emails.count <= 1 && once.details.addresses.count <= 1)
    }
  }

  @Test func `a list leaves out what is not asked for`() {
    let record = CompanyRecord(
      id: 7, company: Company(name: "Bolt", notes: "x"), createdAt: 0, updatedAt: 0, createdBy: nil, updatedBy: nil)
    #expect(KeapV2.company(record, isListed: true) == ["id": "7", "company_name": "Bolt"])
    #expect(
      KeapV2.company(record, fields: ["notes", "create_time"], isListed: true)
        == ["id": "7", "company_name": "Bolt", "notes": "x", "create_time": "1970-01-01T00:00:00Z"])
    #expect(
      KeapV1.company(record, optional: [])
        == ["id": 7, "company_name": "Bolt", "email_opted_in": false, "email_status": "NonMarketable"])
  }

  @Test func `a company that has a tag is shown whole in v2, and with its one address in v1`() {
    var company = Company(name: "Bolt", notes: "x")
    company.details.emails = [EmailAddress("info@bolt.example", field: .email2)]
    var record = CompanyRecord(id: 7, company: company, createdAt: 0, updatedAt: 0, createdBy: nil, updatedBy: nil)
    record.tagIDs = [3, 11]
    #expect(
      KeapTags.v1(record, appliedAt: 0) == [
        "company": ["id": 7, "company_name": "Bolt", "email": "info@bolt.example"],
        "date_applied": "1970-01-01T00:00:00.000+0000",
      ])
    let shown = KeapTags.v2(record, appliedAt: 0)
    #expect(shown == ["company": KeapV2.company(record), "applied_time": "1970-01-01T00:00:00Z"])
    #expect(shown["company"]?["groups"] == "3,11" && shown["company"]?["notes"] == "x")
  }

  @Test func `v2's parameters become a query`() throws {
    let query = try CompanyQuery(v2: [
      ("filter", "company_name==Star *;name==Ac*;email==a@b.cc;city==Chan;state==A*;company_id>=5;"),
      ("filter", "since_time==2026-01-01T00:00:00.000Z;until_time==2026-01-01T00:00:00Z"), ("order_by", "name desc"),
      ("page_size", "0"), ("page_token", "abc"), ("fields", "notes,address"), ("fields", ""),
    ])
    #expect(
      query.filters == [
        .text(.name, "Star *", isPrefix: false), .text(.name, "Ac", isPrefix: true),
        .text(.email, "a@b.cc", isPrefix: false), .text(.city, "Chan", isPrefix: false),
        .text(.state, "A", isPrefix: true), .id(.atLeast, 5), .updatedFrom(1_767_225_600_000),
        .updatedUntil(1_767_225_600_000),
      ])
    #expect(query.order == .name && query.page.isDescending && query.page.limit == 1000 && query.page.token == "abc")
    #expect(query.properties == ["notes", "address"])
    let plain = try CompanyQuery(v2: [("filter", ""), ("order_by", ""), ("page_size", ""), ("page_token", "")])
    #expect(plain.filters.isEmpty && plain.order == .id && plain.page == PageRequest(isCounted: false))
  }

  @Test func `a filter has its limits`() throws {
    let many = Array(repeating: "ids==1", count: 51).joined(separator: ";")
    let numbers = "ids==" + (1...1001).map(String.init).joined(separator: ",")
    let long = "title==" + String(repeating: "x", count: 256)
    for filter in [many, numbers, long, "ids==1,,2", "ids==", "id==99999999999999999999", "id==-1"] {
      #expect(throws: ContactRefusal.self) { try NoteQuery(v2: [("filter", filter)]) }
    }
  }

  @Test func `v1 knows a direction for lists of companies alone`() throws {
    let direction = [(name: "order_direction", value: "DESCENDING")]
    #expect(try CompanyQuery(v1: direction).page.isDescending)
    #expect(try NoteQuery(v1: direction) == NoteQuery())
    #expect(try !TaskQuery(v1: direction).page.isDescending)
    #expect(try TagQuery(v1: direction, of: .tags) == TagQuery())
  }
}

extension SeededGenerator {
  /// A company as v2 would send it, with each member there or not.
  fileprivate mutating func companyBody() -> JSON {
    var members: [String: JSON] = [:]
    for key in ["website", "suffix", "title", "first_name", "last_name", "contact_type"] where chance(60) {
      members[key] = chance(20) ? .null : .string(text(1...12))
    }
    if chance(60) { members["birth_date"] = .string(date().description) }
    if chance(60) {
      members["email_address"] = [
        "email": .string(email()), "field": .string(pick(["EMAIL1", "EMAIL2", "EMAIL3"])), "opt_in_reason": "form",
      ]
    }
    if chance(60) { members["phone_number"] = ["number": .string(text(1...12)), "field": pick(["PHONE1", "PHONE5"])] }
    if chance(60) { members["fax_number"] = ["number": .string(text(1...12)), "type": "Work"] }
    if chance(60) {
      members["address"] = [
        "line1": .string(text(1...12)), "region_code": "US-AZ", "country_code": "USA", "postal_code": "85001",
        "field": pick(["BILLING", "SHIPPING"]),
      ]
    }
    if chance(60) {
      members["custom_fields"] = [["id": "1", "content": .string(text())], ["id": "2", "content": true]]
    }
    return .object(members)
  }
}
