/// What a contact is found by: each of its addresses, under each of its names and with each of its companies. A contact that
/// nothing was merged into has one of each (law P43).
package struct Matched: Hashable, Sendable {
  /// How many keys a contact may come to have by a merge, since one act writes all of them.
  package static let mostKeys = 2000

  /// Normal forms, each once.
  private(set) var emails: [String]
  /// Of all rules, each once.
  private(set) var comparisons: [MatchKey.Comparison]

  fileprivate init(_ known: [MergedContact]) {
    emails = known.compactMap(\.emailForm).distinct
    let (names, companies) = (known.map(\.names).distinct, known.map(\.companyForm).distinct)
    comparisons = MatchRule.allCases.flatMap { rule in
      names.flatMap { names in companies.map { names.compared(by: rule, company: $0) } }.distinct
    }
  }

  package var keyCount: Int { emails.count * comparisons.count }

  package var keys: [MatchKey] { emails.flatMap(keys(with:)) }

  /// Those that have one address.
  ///
  /// - Parameter email: in normal form.
  package func keys(with email: String) -> [MatchKey] {
    emails.contains(email) ? comparisons.map { MatchKey(email: email, $0) } : []
  }
}

extension Contact {
  package var matched: Matched { Matched(known) }

  /// As what the contact is known: as it is now, and as what it remembers. Nothing for one that no address leads to.
  private var known: [MergedContact] {
    guard email != nil || !merged.isEmpty else { return [] }
    let now = MergedContact(
      email: email, givenName: self[.givenName], familyName: self[.familyName], company: company?.name)
    return [now] + merged
  }

  /// What the contact that this one and another become has to remember, so that each key of either is one of it: all as what
  /// the two are known, but for what says no address, name or company that those before it do not say.
  func remembered(with other: Contact) -> [MergedContact] {
    var emails: Set<String> = []
    var names: Set<MatchedNames> = []
    var companies: Set<String> = []
    return (known + other.known).filter { one in
      let saysEmail = one.emailForm.map { emails.insert($0).inserted } ?? false
      let saysNames = names.insert(one.names).inserted
      let saysCompany = companies.insert(one.companyForm).inserted
      return saysEmail || saysNames || saysCompany
    }
  }
}

extension [MergedContact] {
  /// What is left of these where a change takes addresses out of a contact's slots: the names, as long as there is an address.
  func left(without emails: Set<String>) -> [MergedContact] {
    let left = map { one in
      var one = one
      if let form = one.emailForm, emails.contains(form) { one.email = nil }
      return one
    }
    return left.contains { $0.email != nil } ? left : []
  }
}

extension Array where Element: Hashable {
  /// The elements in their order, each once.
  fileprivate var distinct: [Element] {
    if count < 2 { return self }
    var known: Set<Element> = []
    return filter { known.insert($0).inserted }
  }
}
