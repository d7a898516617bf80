import Contacts

/// Lays the contacts of one request on those of the tenant, one after another, in one transaction (laws P43 to P45).
///
/// What they need to know is read for all of them at once. A contact is changed once in a run at most: a second item for it is a
/// conflict, so what was read of it is still so when its turn comes.
struct UpsertRun {
  private let shelf: TenantContacts
  private let rule: MatchRule
  private let check: ContactCheck
  /// Whether the request is only tried, so that nothing is written.
  private let isDryRun: Bool
  private var companies: UpsertCompanies
  private var statuses: [String: OptStatus] = [:]
  /// The addresses whose status this run has changed.
  private var changed: Set<String> = []
  /// How many items match nobody.
  private var mostAdded = 0
  private var numbers: Range<Int64> = 0..<0
  /// Which item stands for a key, and for a contact.
  private var keys: [MatchKey: Int] = [:]
  private var taken: [Int64: Int] = [:]

  init(_ shelf: TenantContacts, match rule: MatchRule, check: @escaping ContactCheck, isDryRun: Bool) {
    self.shelf = shelf
    self.rule = rule
    self.check = check
    self.isDryRun = isDryRun
    companies = UpsertCompanies()
  }

  /// - Parameter beforehand: the drafts of the items that need nothing of the store.
  /// - Returns: an outcome for each item, in order.
  mutating func outcomes(of items: [UpsertItem], _ beforehand: [UpsertDraft?]) throws -> [ItemOutcome] {
    companies = try UpsertCompanies(of: items, in: shelf)
    let drafts = try zip(items, beforehand).map { try $1.map(Result.success) ?? draft(of: $0) }
    let readable = drafts.compactMap { try? $0.get() }
    let known = try shelf.matched(readable.map(\.key))
    statuses = try shelf.statuses(of: readable.reduce(into: []) { $0.formUnion($1.emails) })
    mostAdded = readable.count { known.count(of: $0.key) == 0 }
    var outcomes: [ItemOutcome] = []
    for (index, draft) in drafts.enumerated() {
      switch draft {
      case .failure(let refusal): outcomes.append(.refused(refusal))
      case .success(let draft): outcomes.append(try outcome(of: draft, at: index, known))
      }
    }
    return outcomes
  }

  private func draft(of item: UpsertItem) throws -> Result<UpsertDraft, PlacedRefusal> {
    do {
      var change = try item.change.get()
      if change.customFields.value != nil { change = try checkedFields(of: change) }
      return .success(try UpsertDraft(companies.resolving(change), match: rule))
    } catch let refusal as PlacedRefusal {
      return .failure(refusal)
    }
  }

  private func checkedFields(of change: ContactChange) throws -> ContactChange {
    let model = try shelf.customFields(of: .contact)
    do throws(ContactRefusal) {
      return try model.checked(change)
    } catch {
      let fields = change.customFields.value ?? []
      let index = fields.firstIndex { field in (try? model.checked([field])) == nil }
      throw PlacedRefusal(index.map { "custom_fields[\($0)]" } ?? "custom_fields", error.message)
    }
  }

  private mutating func outcome(
    of draft: UpsertDraft, at index: Int, _ known: MatchedContacts
  ) throws -> ItemOutcome {
    let (change, key) = (draft.change, draft.key)
    if let earlier = keys[key] { return .conflict(.repeats(earlier)) }
    let (count, oldest) = (known.count(of: key), known.oldest(of: key))
    guard count < 2 else { return .conflict(.candidates(oldest, of: count)) }
    if let id = oldest.first, let earlier = taken[id] { return .conflict(.repeats(earlier)) }
    do {
      let outcome =
        if let old = known.only(of: key) {
          try laid(change.placed(on: old.record.contact, foundBy: key), on: old)
        } else {
          try added(draft)
        }
      keys[key] = index
      if let id = outcome.record?.id { taken[id] = index }
      return outcome
    } catch let refusal as ContactRefusal {
      return .refused(PlacedRefusal(change.place(of: refusal), refusal.message))
    } catch ContactFault.invalid(let message) {
      // Thrown of a contact that is too long, before anything of it is written.
      return .refused(PlacedRefusal("", message))
    }
  }

  private mutating func added(_ draft: UpsertDraft) throws -> ItemOutcome {
    let known = recalling(Contact(), draft.emails)
    let new: NewContact
    if let alone = draft.alone, known.knownStatuses.isEmpty {
      new = alone
    } else {
      var contact = TenantContacts.applied(draft.change, to: known, as: .upsert)
      try check(contact, .upsert)
      if !isDryRun { contact.company = try companies.made(for: contact, in: shelf) }
      new = try shelf.new(contact)
    }
    guard !isDryRun else {
      settle(new.contact)
      return .created(nil)
    }
    if numbers.isEmpty {
      // One statement numbers all that this run may add. A number that is not used is given to nobody else.
      let first = try shelf.nextIDs(mostAdded)
      numbers = first..<first + Int64(mostAdded)
    }
    let record = try shelf.insert(new, numbers.lowerBound, knowing: known)
    numbers = numbers.dropFirst()
    settle(new.contact)
    return .created(record)
  }

  private mutating func laid(_ change: ContactChange, on old: Kept<ContactRecord>) throws -> ItemOutcome {
    var old = old
    old.record.contact = refreshed(old.record.contact)
    let known = recalling(old.record.contact, change.emailForms)
    var new = TenantContacts.applied(change, to: known, as: .upsert)
    try check(new, .upsert)
    if new == old.record.contact { return .unchanged(old.record) }
    guard !isDryRun else {
      _ = try TenantContacts.document(of: new)
      settle(new)
      return .updated(old.record)
    }
    new.company = try companies.made(for: new, in: shelf)
    let record = try shelf.save(new, over: old, knowing: known)
    settle(new)
    // What was said of an address that nobody has any more is forgotten.
    let dropped = old.record.contact.heldForms.subtracting(new.heldForms)
    if !dropped.isEmpty {
      let left = try shelf.statuses(of: dropped)
      for email in dropped { statuses[email] = left[email] }
      changed.formUnion(dropped)
    }
    return .updated(record)
  }

  // MARK: - What is known of addresses

  /// As `TenantContacts.recalling`, from what was read for the whole run.
  private func recalling(_ contact: Contact, _ emails: Set<String>) -> Contact {
    var contact = contact
    contact.knownStatuses = emails.reduce(into: [:]) { $0[$1] = statuses[$1] }
    return contact
  }

  /// The contact with what this run has said of its addresses since they were read.
  private func refreshed(_ contact: Contact) -> Contact {
    guard !changed.isEmpty else { return contact }
    var contact = contact
    for index in contact.emails.indices {
      guard let email = contact.emails[index].email.map(NormalForm.email), changed.contains(email) else { continue }
      let status = statuses[email]
      contact.emails[index].status = status == .nonMarketable ? nil : status
    }
    return contact
  }

  private mutating func settle(_ contact: Contact) {
    guard contact.saysStatus || !statuses.isEmpty else { return }
    for item in contact.emails {
      guard let email = item.email.map(NormalForm.email) else { continue }
      let status = contact.status(of: email)
      guard (statuses[email] ?? .nonMarketable) != status else { continue }
      statuses[email] = status
      changed.insert(email)
    }
  }
}

extension ContactChange {
  /// The normal forms of the addresses that it names.
  var emailForms: Set<String> {
    Set(emails.value?.compactMap(\.email).map(NormalForm.email) ?? [])
  }

  /// What a refusal of the whole contact is about: an address is named in it by its slot.
  fileprivate func place(of refusal: ContactRefusal) -> String {
    guard let addresses = addresses.value else { return "" }
    let index = addresses.firstIndex { refusal.message.hasPrefix($0.field.rawValue + " ") }
    return index.map { "addresses[\($0)]" } ?? ""
  }
}
