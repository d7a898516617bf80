import Contacts

/// A contact of a request, as far as it can be judged without the one that it stands for.
struct UpsertDraft: Sendable {
  let change: ContactChange
  let key: MatchKey
  /// The normal forms of the addresses that it names.
  let emails: Set<String>
  /// What it adds if it matches nobody and nothing is known of its addresses. Nil where that is left to the transaction.
  let alone: NewContact?

  /// - Throws: ``PlacedRefusal`` where the change has nothing to match by.
  init(_ change: ContactChange, match rule: MatchRule, alone: NewContact? = nil) throws(PlacedRefusal) {
    guard let key = change.matchKey(rule) else {
      throw PlacedRefusal("email_addresses", "The contact must have an EMAIL1, since contacts are matched by it")
    }
    self.change = change
    self.key = key
    self.alone = alone
    emails = change.emailForms
  }

  /// Most contacts of a batch are new, and what is stored of one takes long to reckon: outside a transaction nobody has to wait
  /// for that.
  ///
  /// - Returns: nil where it takes the tenant's companies or custom fields to judge the item, or where it is refused.
  init?(beforehand item: UpsertItem, match rule: MatchRule, _ check: ContactCheck) {
    guard let change = try? item.change.get(), change.customFields.value == nil, change.company.value == nil else {
      return nil
    }
    let contact = TenantContacts.applied(change, to: Contact(), as: .upsert)
    guard (try? check(contact, .upsert)) != nil, let new = try? NewContact(contact, types: [:]),
      let draft = try? UpsertDraft(change, match: rule, alone: new)
    else { return nil }
    self = draft
  }
}
