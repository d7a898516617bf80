import Contacts
import TestKit
import Testing
import Wire

@Suite struct MatchingTests {
  @Test("P43 an e-mail matches without regard to white space, case and composition, and is otherwise exact")
  func emailForm() {
    let form = "jürgen.łoś@example.org"
    for text in [" Jürgen.Łoś@Example.ORG\n", "ju\u{308}rgen.łoś@example.org", "\u{FEFF}JÜRGEN.ŁOŚ@EXAMPLE.ORG\u{A0}"] {
      #expect(Array(NormalForm.email(text).utf8) == Array(form.utf8))
    }
    #expect(NormalForm.email("a.b+x@gmail.com") != NormalForm.email("ab@gmail.com"))
    #expect(NormalForm.email("stra\u{DF}e@example.org") != NormalForm.email("strasse@example.org"))
    #expect(NormalForm.email("a@BÜCHER.example") == "a@bücher.example")
  }

  @Test("P43 a name matches without regard to case, white space and composition")
  func nameForm() {
    for text in ["  JEAN \t Luc\u{A0} ", "jean luc", "Jean\nLuc"] { #expect(NormalForm.name(text) == "jean luc") }
    #expect(Array(NormalForm.name("Jose\u{301}").utf8) == Array(NormalForm.name("JOSÉ").utf8))
    #expect(NormalForm.name("Weiß") == NormalForm.name("WEISS"))
    #expect(NormalForm.name("ΟΔΥΣΣΕΥΣ") == NormalForm.name("Οδυσσευς"))
    #expect(NormalForm.name("Müller") != NormalForm.name("Muller"))
  }

  @Test("P43 a text of ASCII alone has the forms that it has by the rules for all texts", arguments: UInt64(1)...20)
  func plainForms(seed: UInt64) {
    var dice = SeededGenerator(seed: seed)
    let bytes = Array("aZ \t\n\u{B}\r\u{1F}\u{7F}@.-+0".utf8)
    for _ in 0..<200 {
      let text = String(
        decoding: (0..<Int.random(in: 0...20, using: &dice)).map { _ in bytes.randomElement(using: &dice) ?? 0 },
        as: UTF8.self)
      let parts = text.split(whereSeparator: \.isWhitespace)
      let trimmed =
        if let first = parts.first, let last = parts.last { String(text[first.startIndex..<last.endIndex]) } else { "" }
      #expect(NormalForm.name(text) == parts.joined(separator: " ").lowercased(), "\(text.debugDescription)")
      #expect(NormalForm.email(text) == trimmed.lowercased(), "\(text.debugDescription)")
      #expect(NormalForm.trimmed(text) == trimmed, "\(text.debugDescription)")
    }
  }

  @Test("P43 each rule compares what its name says")
  func rules() {
    func contact(_ email: String, _ given: String?, _ family: String?, _ company: String?) -> Contact {
      var contact = Contact()
      contact.emails = [EmailAddress(email)]
      contact[.givenName] = given
      contact[.familyName] = family
      contact.company = company.map { CompanyReference(id: 1, name: $0) }
      return contact
    }
    let ann = contact("ann@example.org", "Ann", "Lee", "Acme")
    func shared(_ other: Contact) -> [MatchRule] {
      let keys = Set(other.matchKeys())
      return ann.matchKeys().filter(keys.contains).map(\.rule)
    }
    #expect(shared(contact("ANN@example.org", "ann", "LEE ", "ACME")) == MatchRule.allCases)
    #expect(shared(contact("ann@example.org", "Ann", "Lee", "Other")) == [.email, .emailAndName])
    #expect(shared(contact("ann@example.org", "Ann", "Lee", nil)) == [.email, .emailAndName])
    #expect(shared(contact("ann@example.org", "Bob", "Lee", "Acme")) == [.email])
    #expect(shared(contact("ann@example.org", nil, "Lee", "Acme")) == [.email])
    #expect(shared(contact("bob@example.org", "Ann", "Lee", "Acme")).isEmpty)
    #expect(contact("a@b.cd", nil, nil, nil).matchKeys() == contact("a@b.cd", "", "", "").matchKeys())
    let moved = contact("ann@example.org", "Ann", "Lee", "Other")
    #expect(moved.matchKey(.emailAndNameAndCompany) != ann.matchKey(.emailAndNameAndCompany))
  }

  @Test("P43 a key tells the forms that it compares, whatever stands in them")
  func forms() {
    for (given, family, company) in [("Ann", "Lee", "Acme"), ("3:a", "", "1:"), ("", "Ä:ö", ""), ("", "", "")] {
      func key(_ rule: MatchRule) -> MatchKey {
        MatchKey(rule: rule, email: "a:1@b.cd", givenName: given, familyName: family, company: company)
      }
      let forms = [given, family, company].map(NormalForm.name)
      #expect(key(.email).forms.isEmpty)
      #expect(key(.emailAndName).forms == Array(forms.dropLast()))
      #expect(key(.emailAndNameAndCompany).forms == forms)
    }
  }

  @Test("P43 only EMAIL1 takes part, and a contact without it has no keys")
  func onlyEmail1() {
    var contact = Contact()
    contact.emails = [EmailAddress("house@example.org", field: .email2)]
    #expect(contact.matchKeys().isEmpty)
    contact.emails.insert(EmailAddress("ann@example.org"), at: 0)
    #expect(contact.matchKeys().map(\.rule) == MatchRule.allCases)
    #expect(contact.matchKey(.email) == MatchKey(rule: .email, email: "ann@example.org"))
  }

  @Test("P43 a contact is found by each of its addresses, under each of its names and with each of its companies")
  func merged() {
    var contact = Contact()
    contact.emails = [EmailAddress("ann@example.org")]
    contact[.givenName] = "Ann"
    let own = contact.matchKeys()
    contact.merged = [MergedContact(email: "Old@example.org", givenName: "Anna", company: "Bolt")]
    var expected: Set<MatchKey> = []
    for email in ["ann@example.org", "old@example.org"] {
      expected.insert(MatchKey(rule: .email, email: email))
      for name in ["ann", "anna"] {
        expected.insert(MatchKey(rule: .emailAndName, email: email, givenName: name))
        for company in ["", "bolt"] {
          expected.insert(
            MatchKey(rule: .emailAndNameAndCompany, email: email, givenName: name, company: company))
        }
      }
    }
    #expect(Set(contact.matchKeys()) == expected)
    #expect(contact.matchKeys().count == expected.count && contact.matched.keyCount == expected.count)
    #expect(contact.matchKey(.email) == own.first)
    #expect(Set(contact.matched.keys(with: "old@example.org")) == expected.filter { $0.email == "old@example.org" })
    #expect(contact.matched.keys(with: "nobody@example.org").isEmpty)
  }

  @Test("P43 an upsert by a merged contact's address changes the slots that it names, but for those of merged contacts")
  func otherSlots() throws {
    var contact = Contact()
    contact.emails = [
      EmailAddress("ann@example.org"), EmailAddress("old@example.org", field: .email2),
      EmailAddress("x1@example.org", field: .email3),
    ]
    contact.merged = [MergedContact(email: "old@example.org")]
    for (slot, expected) in [(EmailAddress.Slot.email3, "x2@example.org"), (.email2, "x1@example.org")] {
      var change = ContactChange()
      change.emails = .set([EmailAddress("old@example.org"), EmailAddress("x2@example.org", field: slot)])
      let key = try #require(change.matchKey(.email))
      let after = change.placed(on: contact, foundBy: key).applied(to: contact, as: .upsert)
      #expect(after.emails.map(\.email) == ["ann@example.org", "old@example.org", expected], "\(slot)")
    }
  }

  @Test("P43 whoever empties all addresses of a contact ends what it is found by")
  func emptied() {
    var contact = Contact()
    contact.emails = [EmailAddress("ann@example.org")]
    contact.merged = [MergedContact(email: "old@example.org")]
    var empty = ContactChange()
    empty.emails = .set([])
    #expect(empty.applied(to: contact, as: .replace).matchKeys().isEmpty)
    empty.emails = .set([EmailAddress("")])
    #expect(empty.applied(to: contact, as: .merge).matchKeys().isEmpty)
  }

  @Test("P43 a contact without an EMAIL1 has the keys of what was merged into it, and what is stored reads back so")
  func addressesThatWent() throws {
    var contact = Contact()
    contact[.givenName] = "Ann"
    contact.emails = [EmailAddress("old@example.org"), EmailAddress("b@example.org", field: .email2)]
    contact.merged = [
      MergedContact(email: "OLD@example.org", givenName: "Olga"),
      MergedContact(email: "b@example.org", givenName: "Ben"),
    ]
    var change = ContactChange()
    change.emails = .set([EmailAddress("b@example.org", field: .email2)])
    let after = change.applied(to: contact, as: .replace)
    #expect(after.merged.map(\.email) == [nil, "b@example.org"])
    #expect(try Contact(stored: after.stored) == after)
    let found = after.matchKeys().filter { $0.rule == .emailAndName }
    let expected = ["Ann", "Olga", "Ben"].map {
      MatchKey(rule: .emailAndName, email: "b@example.org", givenName: $0)
    }
    #expect(Set(found) == Set(expected))
    change.emails = .set([EmailAddress("new@example.org")])
    #expect(change.applied(to: after, as: .replace).merged.isEmpty)
  }

  @Test("P43 no two lists of parts give the same key")
  func unambiguous() {
    let parts = ["", ":", "a", "1:a", "a1:", "0:", "\n", "a\u{0}b", "b"]
    var seen: [String: [String]] = [:]
    for given in parts {
      for family in parts {
        for company in parts {
          let key = MatchKey(
            rule: .emailAndNameAndCompany, email: "a@b.cd", givenName: given, familyName: family, company: company)
          let forms = [given, family, company].map(NormalForm.name)
          #expect(seen[key.value] == nil || seen[key.value] == forms)
          seen[key.value] = forms
        }
      }
    }
    let distinct = Set(parts.map(NormalForm.name)).count
    #expect(seen.count == distinct * distinct * distinct)
  }

  @Test("P43 the rules are read by Keap's names and no other")
  func ruleNames() throws {
    #expect(MatchRule.allCases.map(\.rawValue) == ["Email", "EmailAndName", "EmailAndNameAndCompany"])
    #expect(try KeapV2.duplicateOption("EmailAndName") == .emailAndName)
    #expect(try KeapV2.duplicateOption(nil) == nil)
    #expect(throws: ContactRefusal.self) { try KeapV2.duplicateOption("email") }
    #expect(try KeapV1.duplicateOption(of: [:]) == .email)
    #expect(try KeapV1.duplicateOption(of: ["duplicate_option": "EmailAndName"]) == .emailAndName)
    for wrong: JSON in ["EmailAndNameAndCompany", "x", 1] {
      #expect(throws: ContactRefusal.self) { try KeapV1.duplicateOption(of: ["duplicate_option": wrong]) }
    }
  }

  @Test(arguments: [
    "a@b.cd", "stanisław.wójcik@wp.pl", "o'reilly+tag@sub.example.co.uk", "x_y-z@1-2.example", "a@bücher.example",
    String(repeating: "a", count: 64) + "@example.org",
  ]) func `an address that can be written to is accepted`(address: String) {
    #expect(EmailSyntax.fault(in: address) == nil)
  }

  @Test(arguments: [
    ("", "has no @"), ("ann", "has no @"), ("a@b@c.de", "has more than one @"), ("@b.cd", "has nothing before the @"),
    ("a@", "has nothing behind the @"), ("a@localhost", "has a domain without a dot"),
    (".a@b.cd", "has a misplaced dot"),
    ("a.@b.cd", "has a misplaced dot"), ("a..b@c.de", "has a misplaced dot"), ("a@b..cd", "has a misplaced dot"),
    ("a@.cd", "has a misplaced dot"), ("a@b.cd.", "has a misplaced dot"), ("a@-b.cd", "has a misplaced hyphen"),
    ("a b@c.de", "has a character before the @ that no address has"),
    ("a\u{200B}b@c.de", "has a character before the @ that no address has"),
    ("a,b@c.de", "has a character before the @ that no address has"),
    ("a@b_c.de", "has a character in its domain that no domain has"),
    ("a@b.cd\n", "has a character in its domain that no domain has"),
    (String(repeating: "a", count: 65) + "@b.cd", "has more than 64 bytes before the @"),
    ("a@" + String(repeating: "b", count: 64) + ".cd", "has a domain label longer than 63 bytes"),
    ("a@" + String(repeating: "b.", count: 130) + "cd", "is longer than 254 bytes"),
  ]) func `an address that cannot be written to is refused with the reason`(address: String, fault: String) {
    #expect(EmailSyntax.fault(in: address) == fault)
  }
}
