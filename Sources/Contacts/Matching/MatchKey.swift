/// When an upsert takes two contacts for the same person (law P43): Keap's `duplicate_option`.
package enum MatchRule: String, CaseIterable, Hashable, Sendable {
  case email = "Email"
  case emailAndName = "EmailAndName"
  case emailAndNameAndCompany = "EmailAndNameAndCompany"
}

/// What stands in the store, unique for its tenant, for one contact and one rule.
package struct MatchKey: Hashable, Sendable {
  package var rule: MatchRule
  /// The address in it, in normal form.
  package var email: String
  /// The normal forms that the rule compares, each behind its length in bytes: no two lists give the same text.
  package var value: String

  package init(
    rule: MatchRule, email: String, givenName: String? = nil, familyName: String? = nil, company: String? = nil
  ) {
    let names = MatchedNames(givenName: givenName, familyName: familyName)
    self.init(email: NormalForm.email(email), names.compared(by: rule, company: NormalForm.name(company ?? "")))
  }

  /// - Parameter email: in normal form.
  init(email: String, _ comparison: Comparison) {
    rule = comparison.rule
    self.email = email
    value = Self.counted(email) + comparison.text
  }

  /// The normal forms that it compares beside the address: of the given and the family name and the company, as many as its rule
  /// has.
  package var forms: [String] {
    var forms: [String] = []
    var rest = value.utf8[...]
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")), let count = Int(Substring(rest[..<colon])) {
      let start = rest.index(after: colon)
      let end = rest.index(start, offsetBy: count, limitedBy: rest.endIndex) ?? rest.endIndex
      forms.append(String(Substring(rest[start..<end])))
      rest = rest[end...]
    }
    return Array(forms.dropFirst())
  }

  /// What a rule compares beside the address.
  struct Comparison: Hashable, Sendable {
    var rule: MatchRule
    var text: String
  }

  fileprivate static func counted(_ form: String) -> String { "\(form.utf8.count):\(form)" }
}

/// The normal forms of somebody's names. A missing name matches a missing one, as does a missing company.
struct MatchedNames: Hashable, Sendable {
  var givenName: String
  var familyName: String

  init(givenName: String?, familyName: String?) {
    self.givenName = NormalForm.name(givenName ?? "")
    self.familyName = NormalForm.name(familyName ?? "")
  }

  /// - Parameter company: in normal form, empty where there is none.
  func compared(by rule: MatchRule, company: String) -> MatchKey.Comparison {
    let parts: [String] =
      switch rule {
      case .email: []
      case .emailAndName: [givenName, familyName]
      case .emailAndNameAndCompany: [givenName, familyName, company]
      }
    return MatchKey.Comparison(rule: rule, text: parts.map(MatchKey.counted).joined())
  }
}

extension Contact {
  /// Its own key; nil without an EMAIL1. As at Keap, EMAIL2 and EMAIL3 take no part: they may be shared by several people of one
  /// house.
  package func matchKey(_ rule: MatchRule) -> MatchKey? {
    email.map {
      MatchKey(
        rule: rule, email: $0, givenName: self[.givenName], familyName: self[.familyName], company: company?.name)
    }
  }

  /// The keys that this contact is found by.
  package func matchKeys() -> [MatchKey] { matched.keys }

  /// Whether it is found by a key.
  package func hasKey(_ key: MatchKey) -> Bool {
    matchKey(key.rule) == key || !merged.isEmpty && matched.keys(with: key.email).contains(key)
  }
}

extension ContactChange {
  /// The key that an upsert looks for: what the change itself says, as if it were the whole contact.
  package func matchKey(_ rule: MatchRule) -> MatchKey? {
    // As much of it as contacts are matched by.
    var change = ContactChange()
    for field in [TextField.givenName, .familyName] { change[field] = self[field] }
    (change.emails, change.company) = (emails, company)
    return change.applied(to: Contact(), as: .create).matchKey(rule)
  }
}
