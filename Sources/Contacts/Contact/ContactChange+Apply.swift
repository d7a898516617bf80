/// How a change lands on a contact.
package enum ContactAct: Hashable, Sendable {
  /// A new contact. The contact that it is applied to counts for its opt-outs alone: what the tenant knows of addresses
  /// that opted out.
  case create
  /// A contact found by its match key (law P43). List entries go to their slots; an opt-out stays one (law P44).
  case upsert
  /// v1 PATCH: list entries go to their slots.
  case merge
  /// v2 PATCH: a list replaces the list.
  case replace
}

extension ContactChange {
  /// The contact after this change. Applying the same change again changes nothing more.
  package func applied(to contact: Contact, as act: ContactAct) -> Contact {
    let old = act == .create ? contact.withOptOutsOnly : contact
    var new = old
    for (field, change) in texts { new[field] = change.applied(to: old[field]) }
    new.birthday = birthday.applied(to: old.birthday)
    new.anniversary = anniversary.applied(to: old.anniversary)
    new.ownerID = ownerID.applied(to: old.ownerID)
    new.leadSourceID = leadSourceID.applied(to: old.leadSourceID)
    new.sourceType = sourceType.applied(to: old.sourceType)
    new.company = landed(company, on: old.company)
    new.originAddress = originAddress.applied(to: old.originAddress)
    if new.originAddress == "" { new.originAddress = nil }
    new.emails = landed(emails, on: old.emails, act)
    new.phones = landed(phones, on: old.phones, act)
    new.faxes = landed(faxes, on: old.faxes, act)
    new.addresses = landed(addresses, on: old.addresses, act)
    new.socials = landed(socials, on: old.socials, act)
    new.customFields = customFields.landed(on: old.customFields, act)
    // Whoever clears or replaces the whole list means what is hidden in it, too.
    if !customFields.isAbsent, customFields.value == nil || act == .replace { new.undefinedFields = [] }
    if act != .upsert { new.merged = remembered(of: old, in: new) }
    settleConsent(from: old, to: &new, act)
    return new
  }

  /// As what the contact is still known: not by an address that somebody takes out of its slots, nor by any once somebody
  /// clears all of them. One that found no free slot is not missed there. An upsert, which may know but one of those that were
  /// merged, takes nothing away.
  private func remembered(of old: Contact, in new: Contact) -> [MergedContact] {
    if !emails.isAbsent, new.emails.isEmpty { return [] }
    return old.merged.left(without: old.emailForms.subtracting(new.emailForms))
  }

  private func landed<Item: SlotItem>(_ change: Change<[Item]>, on old: [Item], _ act: ContactAct) -> [Item] {
    guard case .set(let items) = change else { return change.applied(to: old) ?? [] }
    var slots = Dictionary(old.map { ($0.field, $0) }, uniquingKeysWith: { first, _ in first })
    if act == .replace { slots = [:] }
    for item in items { slots[item.field] = item.laid(over: slots[item.field]).settled }
    return Item.Slot.allCases.compactMap { slots[$0] }
  }

  /// The same company named again, by id or in another spelling, leaves the reference as it is kept.
  private func landed(_ change: Change<CompanyReference>, on old: CompanyReference?) -> CompanyReference? {
    guard case .set(let new) = change else { return change.applied(to: old) }
    let name = new.name == "" ? nil : new.name
    if new.id == nil && name == nil { return nil }
    guard let old else { return CompanyReference(id: new.id, name: name) }
    let isSame = if let id = new.id { id == old.id } else { name.map(NormalForm.name) == old.name.map(NormalForm.name) }
    return isSame ? old : CompanyReference(id: new.id, name: name)
  }

  /// Consent belongs to an address and not to a slot: it follows the address from slot to slot, and is remembered
  /// when the address leaves. So does the reason, until it is cleared or another one is given; v1 cannot say it of one
  /// address, and whoever moves an address need not. A reason counts only when it is new, so that a client that writes back
  /// what it once read opts nobody in.
  private func settleConsent(from old: Contact, to new: inout Contact, _ act: ContactAct) {
    let guarded = act == .create || act == .upsert
    let wholeReason = self[.optInReason].value.flatMap { $0 == old[.optInReason] ? nil : $0 }
    var statuses: [String: OptStatus] = [:]
    for index in new.emails.indices {
      guard let email = new.emails[index].email else { continue }
      let normal = NormalForm.email(email)
      let holders = old.emails.filter { $0.email.map(NormalForm.email) == normal }
      let before = holders.first { $0.field == new.emails[index].field } ?? holders.first
      let own = new.emails[index].optInReason
      if let reason = own == nil || own == before?.optInReason ? wholeReason : own {
        let lifted = old.status(of: email).lifted(guarded: guarded)
        statuses[normal] = lifted
        new.emails[index].optInReason = lifted.isOptOut ? before?.optInReason : reason
      } else if own == nil, let item = emails.value?.first(where: { $0.field == new.emails[index].field }),
        item.optInReason == nil
      {
        new.emails[index].optInReason = before?.optInReason
      }
    }
    // An address has one status, in whichever slots it stands.
    for index in new.emails.indices {
      guard let email = new.emails[index].email else { continue }
      let status = statuses[NormalForm.email(email)] ?? old.status(of: email)
      new.emails[index].status = status == .nonMarketable ? nil : status
    }
    let held = Set(new.emails.compactMap { $0.email.map(NormalForm.email) })
    for item in old.emails {
      guard let normal = item.email.map(NormalForm.email), let status = item.status, status.isOptOut else { continue }
      new.knownStatuses[normal] = status
    }
    new.knownStatuses = new.knownStatuses.filter { !held.contains($0.key) }
  }
}

extension Contact {
  /// The normal forms of the addresses that stand in its slots.
  package var emailForms: Set<String> { Set(emails.compactMap { $0.email.map(NormalForm.email) }) }

  fileprivate var withOptOutsOnly: Contact {
    var contact = Contact()
    contact.knownStatuses = knownStatuses
    for item in emails {
      if let email = item.email, let status = item.status, status.isOptOut {
        contact.knownStatuses[NormalForm.email(email)] = status
      }
    }
    return contact
  }

  /// Whether an upsert of this change would alter anything.
  package func differs(after change: ContactChange) -> Bool { change.applied(to: self, as: .upsert) != self }
}
