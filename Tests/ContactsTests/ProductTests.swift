import TestKit
import Testing
import Wire

@testable import Contacts

/// The exports of products, as each writes the same person.
@Suite struct ProductTests {
  /// What a file is taken for.
  private struct Taken {
    var finding: EncodingSurvey.Finding
    var columns: CustomerColumns
    var entry: CustomerEntry
    var warnings: [String]
  }

  private func taken(_ name: String, _ maps: [String] = []) throws -> Taken {
    let bytes = try #require(
      try Project.files(in: "Tests/ContactsTests/Fixtures/exports").first { $0.name == "\(name).csv" }
    ).bytes
    var survey = EncodingSurvey()
    survey.feed(bytes)
    let finding = survey.finding(isWhole: true)
    var file = CustomerFile(.init(encoding: finding.encoding, maps: try maps.map { try ColumnMap($0) }))
    let rows = try file.feed(bytes) + file.finish()
    #expect(rows.count == 1)
    guard case .accepted(let entry, let warnings) = try #require(rows.first).outcome else {
      throw ContactRefusal("\(rows)")
    }
    return Taken(finding: finding, columns: try #require(file.columns), entry: entry, warnings: warnings)
  }

  /// Her address, phone and company as far as a product's export has them.
  private func change(
    company: Bool = true, address: Bool = true, region: Bool = true,
    phones: [PhoneNumber] = [PhoneNumber("+49 30 5550101")],
    emails: [String] = ["zoe@example.org"], _ more: (inout ContactChange) -> Void = { _ in }
  ) -> ContactChange {
    var change = ContactChange()
    (change[.givenName], change[.familyName]) = (.set("Zoë"), .set("Müller"))
    change.emails = .set(zip(emails, EmailAddress.Slot.allCases).map { EmailAddress($0, field: $1) })
    if company { change.company = .set(CompanyReference(name: "Müller & Söhne")) }
    if !phones.isEmpty { change.phones = .set(phones) }
    if address { change.addresses = .set([home(region: region)]) }
    more(&change)
    return change
  }

  private func home(region: Bool = true) -> PostalAddress {
    var address = PostalAddress(field: .billing)
    (address.line1, address.locality, address.postalCode) = ("Lindenstraße 7", "Berlin", "10969")
    if region { (address.regionCode, address.countryCode) = ("DE-BE", "DEU") }
    return address
  }

  private let mobile = PhoneNumber("+49 170 5550102", field: .phone2)
  private let birthday = CalendarDate("1985-03-15").map { Change.set($0) } ?? .absent

  @Test(arguments: [
    ("google-contacts", "Google Contacts"), ("google-contacts-older", "Google Contacts"), ("hubspot", "HubSpot"),
    ("outlook", "Outlook"), ("salesforce", "Salesforce"), ("salesforce-data-loader", "Salesforce"),
    ("quickbooks", "QuickBooks"), ("mailchimp", "Mailchimp"), ("stripe", "Stripe"), ("shopify", "Shopify"),
    ("woocommerce", "WooCommerce"), ("square", "Square"), ("zoho-crm", "Zoho CRM"),
    ("activecampaign", "ActiveCampaign"),
  ]) func `a product is known by its columns`(file: String, product: String) throws {
    #expect(try taken(file).columns.product?.name == product)
  }

  @Test func `Google's contacts: several addresses in a cell, kinds of numbers, and labels without Google's own`()
    throws
  {
    let taken = try taken("google-contacts")
    var phones = [PhoneNumber("+49 30 5550101", type: "Mobile"), PhoneNumber("+49 30 5550102", field: .phone2)]
    phones[1].type = "Work"
    let expected = change(
      phones: phones, emails: ["zoe@example.org", "zoe.m@example.net", "zoe@example.com"]
    ) {
      ($0[.prefix], $0[.preferredName], $0[.jobTitle]) = (.set("Dr."), .set("Zo"), .set("Owner"))
      $0[.website] = .set("https://example.org/zoe")
      $0.birthday = birthday
    }
    #expect(taken.entry == CustomerEntry(expected, tags: ["Customers", "VIP"]))
    #expect(taken.warnings == [])
    #expect(taken.columns.leftOut.contains { $0.column == "Notes" && $0.reason != nil })
  }

  @Test func `a birthday without a year is left out with a word`() throws {
    for (file, text) in [("google-contacts-older", "--03-15"), ("mailchimp", "03/15")] {
      let taken = try taken(file)
      #expect(taken.entry.change.birthday.isAbsent)
      #expect(taken.warnings == ["birthday left out: \(text) has no year"])
    }
  }

  @Test func `HubSpot and Zoho, with the owner's name left out`() throws {
    let hubspot = try taken("hubspot")
    #expect(
      hubspot.entry.change
        == change(phones: [PhoneNumber("+49 30 5550101"), mobile]) {
          ($0[.jobTitle], $0[.website]) = (.set("Owner"), .set("https://example.org/zoe"))
          $0.birthday = birthday
        })
    let zoho = try taken("zoho-crm")
    #expect(
      zoho.entry
        == CustomerEntry(
          change(
            phones: [PhoneNumber("+49 30 5550101"), mobile, PhoneNumber("+49 331 5550103", field: .phone3)],
            emails: ["zoe@example.org", "zoe.m@example.net"]
          ) {
            $0[.jobTitle] = .set("Owner")
            $0.birthday = birthday
          }, tags: ["Customers", "VIP"]))
  }

  @Test func `Outlook: windows-1252, the address at home beside that of the business, and a title before the name`()
    throws
  {
    let taken = try taken("outlook")
    #expect(taken.finding == .init(encoding: .windows1252, certainty: .likely(lines: 1)))
    var business = home(), residence = PostalAddress(field: .shipping)
    business.line2 = "Hof 2"
    (residence.line1, residence.locality) = ("Am Ring 1", "Potsdam")
    (residence.postalCode, residence.countryCode) = ("14467", "DEU")
    let expected = change(
      phones: [PhoneNumber("+49 30 5550101"), mobile, PhoneNumber("+49 331 5550103", field: .phone3)],
      emails: ["zoe@example.org", "zoe.m@example.net"]
    ) {
      ($0[.prefix], $0[.jobTitle], $0[.spouseName]) = (.set("Dr."), .set("Owner"), .set("Max"))
      $0[.website] = .set("https://example.org/zoe")
      $0.birthday = birthday
      $0.faxes = .set([FaxNumber("+49 30 5550109")])
      $0.addresses = .set([business, residence])
    }
    #expect(taken.entry == CustomerEntry(expected, tags: ["Customers", "VIP"]))
    #expect(taken.warnings == [])
  }

  @Test func `Salesforce: a title is a job, and a street may have two lines`() throws {
    var address = home()
    address.line2 = "Hof 2"
    #expect(
      try taken("salesforce").entry.change
        == change(phones: [PhoneNumber("+49 30 5550101"), mobile]) {
          ($0[.prefix], $0[.jobTitle]) = (.set("Dr."), .set("Owner"))
          $0.faxes = .set([FaxNumber("+49 30 5550109")])
          $0.addresses = .set([address])
        })
    #expect(
      try taken("salesforce-data-loader").entry.change
        == change(company: false, phones: [PhoneNumber("+49 30 5550101"), mobile]) {
          ($0[.prefix], $0[.jobTitle]) = (.set("Dr."), .set("Owner"))
          $0.birthday = birthday
        })
  }

  @Test func `QuickBooks in UTF-16 with tabs, and Stripe: one name for both, and nothing of money`() throws {
    let quickbooks = try taken("quickbooks")
    #expect(quickbooks.finding == .init(encoding: .utf16LittleEndian, certainty: .sure))
    #expect(quickbooks.entry == CustomerEntry(change()))
    #expect(quickbooks.columns.unknown == ["Customer type", "Attachments", "Open Balance", "Notes"])
    let stripe = try taken("stripe")
    #expect(stripe.entry == CustomerEntry(change(company: false, phones: [])))
    #expect(
      stripe.columns.leftOut.contains { $0.column == "Card Last4" && $0.reason == "nothing of a card is imported" })
  }

  @Test func `Mailchimp: tags in quotes, and where it takes the person to be is no address`() throws {
    let taken = try taken("mailchimp")
    #expect(
      taken.entry
        == CustomerEntry(
          change(company: false, address: false) { $0[.timeZone] = .set("Europe/Berlin") },
          tags: ["Customers", "VIP, north"]))
  }

  @Test func `Shopify, WooCommerce and Square: apostrophes before digits go`() throws {
    #expect(try taken("shopify").entry == CustomerEntry(change(), tags: ["Customers", "VIP"]))
    #expect(try taken("woocommerce").entry == CustomerEntry(change()))
    #expect(
      try taken("square").entry.change
        == change(region: false) {
          $0[.preferredName] = .set("Zo")
          $0.birthday = birthday
        })
  }

  @Test func `ActiveCampaign, with a column that somebody says is a custom field`() throws {
    let taken = try taken("activecampaign", ["shoe-size=custom:Shoe size", "Job Title=nothing"])
    #expect(
      taken.entry
        == CustomerEntry(
          change(address: false), tags: ["Customers", "VIP"], custom: [.init(field: "Shoe size", text: "38")]))
    #expect(taken.columns.leftOut.contains { $0.column == "Job Title" })
  }

  @Test func `every line of the table of products says something`() {
    #expect(CustomerProduct.read(CustomerProduct.table).unread == [])
    #expect(CustomerProduct.all.count >= 14)
  }
}
