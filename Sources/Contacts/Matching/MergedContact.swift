/// As what a contact is known since a merge: what one of the two was matched by. Whoever looks for it finds the one that it
/// became (law P43).
package struct MergedContact: Hashable, Sendable {
  /// How many a contact remembers at most, since its document has all of them.
  package static let most = 100

  /// Its EMAIL1; nil once the contact no longer has the address, while it has others.
  package var email: String?
  package var givenName: String?
  package var familyName: String?
  package var company: String?

  package init(email: String?, givenName: String? = nil, familyName: String? = nil, company: String? = nil) {
    self.email = email
    self.givenName = givenName
    self.familyName = familyName
    self.company = company
  }

  package var emailForm: String? { email.map(NormalForm.email) }

  var names: MatchedNames { MatchedNames(givenName: givenName, familyName: familyName) }

  /// Empty where there is none.
  var companyForm: String { NormalForm.name(company ?? "") }
}

extension ContactChange {
  /// This change as an upsert lays it on the contact that it found. Where that is found by what a merged contact was, its own
  /// EMAIL1 and what the rule compares stay: an address goes to the slot that it stands in, and the one that was looked for to
  /// no slot that is taken, nor any to one in which a merged contact's stands; what has no place is left out. So two callers who
  /// each know one of the two go on finding the same contact. A reason to opt in is that of these addresses, and of no other.
  ///
  /// - Parameter key: what the contact was found by.
  package func placed(on contact: Contact, foundBy key: MatchKey) -> ContactChange {
    guard contact.matchKey(key.rule) != key, let items = emails.value else { return self }
    var change = self
    let optInReason = self[.optInReason].value
    var placed: [EmailAddress] = []
    let merged = Set(contact.merged.compactMap(\.emailForm))
    let kept = contact.emails.filter { $0.email.map { merged.contains(NormalForm.email($0)) } ?? false }
    for var item in items {
      guard let email = item.email, !email.isEmpty else { continue }
      let form = NormalForm.email(email)
      let taken = Set((contact.emails + placed).map(\.field))
      if let held = (placed + contact.emails).first(where: { $0.email.map(NormalForm.email) == form }) {
        item.field = held.field
      } else if (form == key.email ? taken : Set((kept + placed).map(\.field))).contains(item.field) {
        guard let free = EmailAddress.Slot.allCases.first(where: { !taken.contains($0) }) else { continue }
        item.field = free
      }
      item.optInReason = item.optInReason ?? optInReason
      if !placed.contains(where: { $0.field == item.field }) { placed.append(item) }
    }
    change[.optInReason] = .absent
    change.emails = placed.isEmpty ? .absent : .set(placed)
    if key.rule != .email {
      for field in [TextField.givenName, .familyName] { change[field] = .absent }
    }
    if key.rule == .emailAndNameAndCompany { change.company = .absent }
    return change
  }
}
