import Contacts

extension Issuer {
  /// Adds a contact, whoever is there already: it takes a match key only if nobody has it (law P43).
  package func createContact(
    _ change: ContactChange, check: @escaping ContactCheck, by caller: Caller
  ) async throws(ContactFault) -> ContactRecord {
    try await writing(caller) { shelf in try shelf.add(try shelf.resolved(change), as: .create, check) }
  }

  /// Adds a contact or changes the one that its match key points at, which may be what another was merged into (law P43). A
  /// change that says nothing new writes nothing.
  /// Without an EMAIL1 there is nothing to match by, and a contact is added.
  package func upsertContact(
    _ change: ContactChange, match rule: MatchRule, check: @escaping ContactCheck, by caller: Caller
  ) async throws(ContactFault) -> (record: ContactRecord, outcome: UpsertOutcome) {
    try await writing(caller) { shelf in
      let change = try shelf.resolved(change)
      guard let key = change.matchKey(rule), let id = try shelf.holder(of: key) else {
        return (try shelf.add(change, as: .upsert, check), .created)
      }
      let old = try shelf.required(id)
      let placed = change.placed(on: old.record.contact, foundBy: key)
      let known = try shelf.recalling(old.record.contact, placed)
      let new = TenantContacts.applied(placed, to: known, as: .upsert)
      try check(new, .upsert)
      if new == old.record.contact { return (old.record, .unchanged) }
      return (try shelf.save(new, over: old, knowing: known), .updated)
    }
  }

  /// Changes the fields that `change` speaks of.
  ///
  /// - Parameter act: `.merge` as v1 does, or `.replace` as v2 does with lists.
  package func updateContact(
    _ id: Int64, _ change: ContactChange, as act: ContactAct, if condition: RecordCondition = RecordCondition(),
    check: @escaping ContactCheck, by caller: Caller
  ) async throws(ContactFault) -> ContactRecord {
    try await writing(caller) { shelf in
      let change = try shelf.resolved(change)
      let old = try shelf.required(id)
      try condition.check(old.record.entityTag)
      let known = try shelf.recalling(old.record.contact, change)
      let new = TenantContacts.applied(change, to: known, as: act)
      try check(new, act)
      return new == old.record.contact ? old.record : try shelf.save(new, over: old, knowing: known)
    }
  }

  package func contact(_ id: Int64, by caller: Caller) async throws(ContactFault) -> ContactRecord {
    try await reading(caller) { shelf in try shelf.required(id).record }
  }

  /// Deletes a contact; its match keys pass to the next oldest contact that has them (law P43).
  package func deleteContact(
    _ id: Int64, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try condition.check(try shelf.required(id).record.entityTag)
      try shelf.delete(id)
    }
  }
}
