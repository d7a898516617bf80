import Contacts
import Testing

@Suite struct CustomerFileTests {
  private func rows(_ text: String) throws -> [CustomerFile.Row] {
    var file = CustomerFile()
    return try file.feed(text.utf8) + file.finish()
  }

  private func change(_ text: String) throws -> ContactChange {
    let row = try #require(try rows(text).first)
    guard case .accepted(let entry, _) = row.outcome else {
      Issue.record("\(row)")
      return ContactChange()
    }
    return entry.change
  }

  private let expected: ContactChange = {
    var change = ContactChange()
    change[.givenName] = .set("Luís")
    change[.familyName] = .set("Gonçalves")
    change.company = .set(CompanyReference(name: "Aço & Filhos S.A."))
    change.emails = .set([EmailAddress("luis@example.com")])
    change.phones = .set([PhoneNumber("+55 (12) 3923-5555")])
    var address = PostalAddress(field: .billing)
    (address.line1, address.locality) = ("Av. Faria Lima, 2170", "São José dos Campos")
    (address.regionCode, address.postalCode, address.countryCode) = ("BR-SP", "02227-000", "BRA")
    change.addresses = .set([address])
    return change
  }()

  @Test(arguments: [
    """
    First Name,Last Name,Email,Company,Address1,City,Province,Country,Zip,Phone
    Luís,Gonçalves,luis@example.com,Aço & Filhos S.A.,"Av. Faria Lima, 2170",São José dos Campos,SP,Brazil,02227-000,+55 (12) 3923-5555
    """,
    """
    First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Tags
    Luís,Gonçalves,luis@example.com,yes,Aço & Filhos S.A.,"Av. Faria Lima, 2170",,São José dos Campos,SP,BR,'02227-000,'+55 (12) 3923-5555,,vip
    """,
    "\u{FEFF}\"id\";\"first_name\";\"last_name\";\"email\";\"billing_company\";\"billing_address_1\";\"billing_city\";\"billing_state\";\"billing_country\";\"billing_postcode\";\"billing_phone\"\r\n\"1\";\"Lui\u{301}s\";\"Gonçalves \";\" luis@example.com\";\"Aço & Filhos S.A.\";\"Av. Faria Lima, 2170\";\"São José dos Campos\";\"São Paulo\";\"Brasil\";\"02227-000\";\"+55 (12) 3923-5555\"\r\n",
    """
    email,_website,firstname,lastname,_address_street,_address_city,_address_region,_address_country_id,_address_postcode,_address_telephone,_address_company
    luis@example.com,base,Luís,Gonçalves,"Av. Faria Lima, 2170",São José dos Campos,Sao Paulo,BR,02227-000,+55 (12) 3923-5555,Aço & Filhos S.A.
    """,
    """
    Email address\tFirst name\tLast name\tCompany\tAddress 1\tZip/Postal code\tCity\tCountry\tState\tPhone number
    luis@example.com\tLuís\tGonçalves\tAço & Filhos S.A.\tAv. Faria Lima, 2170\t02227-000\tSão José dos Campos\tBrazil\tBR-SP\t+55 (12) 3923-5555
    """,
    """
    Id,First Name,Last Name,Email,Company,Street Address 1,City,State,Postal Code,Country,Phone 1
    5,Luís,Gonçalves,luis@example.com,Aço & Filhos S.A.,"Av. Faria Lima, 2170",São José dos Campos,SP,02227-000,Brazil,+55 (12) 3923-5555
    """,
    """
    Vorname;Nachname;E-Mail;Firma;Straße;PLZ;Ort;Bundesland;Land;Telefon
    Luís;Gonçalves;luis@example.com;Aço & Filhos S.A.;Av. Faria Lima, 2170;02227-000;São José dos Campos;SP;Brasilien;+55 (12) 3923-5555
    """,
    """
    Prénom,Nom,Courriel,Société,Adresse,Code postal,Ville,Province,Pays,Téléphone
    Luís,Gonçalves,luis@example.com,Aço & Filhos S.A.,"Av. Faria Lima, 2170",02227-000,São José dos Campos,SP,Brésil,+55 (12) 3923-5555
    """,
  ]) func `the same person in every shop's layout is the same change`(text: String) throws {
    #expect(try change(text) == expected)
  }

  @Test func `columns that are not imported are reported`() throws {
    var file = CustomerFile()
    _ = try file.feed("id,Email,Total Spent,,Tags\n".utf8)
    #expect(file.columns?.unknown == ["id", "Total Spent"])
  }

  @Test func `each bad row is refused by line and reason, and the rest goes on`() throws {
    let text =
      "name,email,city\nAnn Lee,ann@example.org,Rome\nBob,,Rome\n\nBob,bob@nowhere,Rome\nBob,bob@example.org\n"
      + "Bob,bob@example.org,Rome,x\nBob,\"bob@example.org,Rome\nEve,eve@example.org,\"\"\n"
    var bytes = Array(text.utf8)
    bytes += Array("Zo".utf8) + [0xEB] + Array(",zoe@example.org,Rome\nMax,max@example.org,Rome".utf8)
    var file = CustomerFile()
    let rows = try file.feed(bytes) + file.finish()
    let reasons = rows.map { row in if case .refused(let reason) = row.outcome { reason } else { "" } }
    #expect(rows.map(\.line) == [2, 3, 5, 6, 7, 8, 9, 10, 11])
    #expect(
      reasons == [
        "", "no e-mail address", "e-mail address bob@nowhere has a domain without a dot",
        "2 columns where the first line names 3: too few", "4 columns where the first line names 3: too many",
        "a quote opens here and never closes", "",
        "column 1 is not UTF-8: save the file as UTF-8", "",
      ])
  }

  @Test func `P44 an empty cell says nothing`() throws {
    let change = try change("email,first name,phone,city,company\nann@example.org, ,,\u{A0},\n")
    var expected = ContactChange()
    expected.emails = .set([EmailAddress("ann@example.org")])
    #expect(change == expected)
  }

  @Test func `what cannot be understood is left out with a warning`() throws {
    let text = "email,email 2,birthday,address1,state,country\nann@example.org,ann,3/4/85,1 Main St,AZ,Atlantis\n"
    let row = try #require(try rows(text).first)
    guard case .accepted(let entry, let warnings) = row.outcome else { Issue.record("\(row)"); return }
    #expect(
      warnings == [
        "EMAIL2 left out: ann has no @", "birthday left out: 3/4/85 is not of the form 1985-03-15",
        "BILLING country left out: Atlantis is not known", "BILLING region left out: AZ stands without a country",
      ])
    var address = PostalAddress(field: .billing)
    address.line1 = "1 Main St"
    #expect(entry.change.addresses == .set([address]))
  }

  @Test func `a region that is not known goes to the provider as it is written`() throws {
    let change = try change("email,state,country\nann@example.org,VV,Netherlands\n")
    #expect(change.addresses.value?.first?.region == "VV")
    #expect(change.hasRegions)
    let contact = change.applied(to: Contact(), as: .create)
    #expect(throws: ContactRefusal("BILLING Region is invalid")) { try KeapV2.check(contact, after: .create) }
    let without = change.withoutRegions().applied(to: Contact(), as: .create)
    #expect(throws: Never.self) { try KeapV2.check(without, after: .create) }
  }

  @Test func `one name for both is divided before its last word`() throws {
    let whole = try change("name,email\nJean Luc Picard,j@example.org\n")
    #expect(whole[.givenName] == .set("Jean Luc") && whole[.familyName] == .set("Picard"))
    let single = try change("name,email\nPlato,p@example.org\n")
    #expect(single[.givenName] == .set("Plato") && single[.familyName] == .absent)
    let both = try change("name,first name,email\nX Y,Ann,p@example.org\n")
    #expect(both[.givenName] == .set("Ann") && both[.familyName] == .absent)
  }

  @Test func `billing, shipping, further phones and a street of two lines find their slots`() throws {
    let change = try change(
      "email,billing_address_1,shipping_address_1,shipping_country,billing_phone,shipping_phone,mobile\n"
        + "ann@example.org,\"1 Main St\nApt 4\",2 Side St,US,111,111,222\n")
    var billing = PostalAddress(field: .billing), shipping = PostalAddress(field: .shipping)
    (billing.line1, billing.line2) = ("1 Main St", "Apt 4")
    (shipping.line1, shipping.countryCode) = ("2 Side St", "USA")
    #expect(change.addresses == .set([billing, shipping]))
    #expect(change.phones == .set([PhoneNumber("111"), PhoneNumber("222", field: .phone2)]))
  }

  @Test func `an e-mail of billing fills in for an empty one`() throws {
    let change = try change("billing_email,email\nb@example.org,\n")
    #expect(change.email == "b@example.org")
  }

  @Test(arguments: [
    ("", "the file is empty: its first line has to name the columns"),
    (
      "first name,city\n",
      "no column holds the e-mail address: name one of them email (the first line has first name, city)"
    ),
    ("email,\"x\n", "line 1, which has to name the columns: a quote opens here and never closes"),
  ]) func `a file without a usable first line is refused as a whole`(text: String, message: String) {
    #expect(throws: ContactRefusal(message)) { try rows(text) }
  }

  @Test func `a UTF-16 file is refused as a whole`() {
    var file = CustomerFile()
    #expect(throws: ContactRefusal.self) { try file.feed([0xFF, 0xFE, 0x65, 0x00, 0x0A, 0x00]) }
  }

  @Test func `an import of what is there changes nothing`() throws {
    let contact = expected.applied(to: Contact(), as: .create)
    #expect(!contact.differs(after: expected))
    var other = expected
    other[.familyName] = .set("Other")
    #expect(contact.differs(after: other))
  }
}
