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
    self.rule = rule
    self.email = NormalForm.email(email)
    let names = [givenName ?? "", familyName ?? ""].map(NormalForm.name)
    let parts =
      switch rule {
      case .email: [self.email]
      case .emailAndName: [self.email] + names
      case .emailAndNameAndCompany: [self.email] + names + [NormalForm.name(company ?? "")]
      }
    value = parts.map { "\($0.utf8.count):\($0)" }.joined()
  }
}

extension Contact {
  /// The keys that this contact is found by: for each rule its own, and those of the contacts that were merged into it, with
  /// their names and with its own. As at Keap, EMAIL2 and EMAIL3 take no part: they may be shared by several people of one
  /// house. A missing name or company matches a missing one.
  package func matchKeys() -> [MatchKey] {
    var known: Set<MatchKey> = []
    return (MatchRule.allCases.compactMap { matchKey($0) } + merged.flatMap { matchKeys(of: $0) })
      .filter { known.insert($0).inserted }
  }

  /// What this contact is found by because of one that was merged into it.
  func matchKeys(of other: MergedContact) -> [MatchKey] {
    MatchRule.allCases.flatMap { [other.matchKey($0), matchKey($0, email: other.email)] }
  }

  /// Its own key; nil without an EMAIL1.
  package func matchKey(_ rule: MatchRule) -> MatchKey? { email.map { matchKey(rule, email: $0) } }

  private func matchKey(_ rule: MatchRule, email: String) -> MatchKey {
    MatchKey(
      rule: rule, email: email, givenName: self[.givenName], familyName: self[.familyName], company: company?.name)
  }
}

extension ContactChange {
  /// The key that an upsert looks for: what the change itself says, as if it were the whole contact.
  package func matchKey(_ rule: MatchRule) -> MatchKey? { applied(to: Contact(), as: .create).matchKey(rule) }
}
