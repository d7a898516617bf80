import Contacts

/// Tags and their categories.
extension Issuer {
  package func tags(matching query: TagQuery, by caller: Caller) async throws(ContactFault) -> RecordPage<Tag> {
    try await reading(caller) { shelf in try shelf.tags(matching: query) }
  }

  package func tag(_ id: Int64, by caller: Caller) async throws(ContactFault) -> Tag {
    try await reading(caller) { shelf in try shelf.requiredTag(id) }
  }

  package func createTag(_ change: TagChange, by caller: Caller) async throws(ContactFault) -> Tag {
    try await writing(caller) { shelf in try shelf.addTag(change) }
  }

  package func updateTag(
    _ id: Int64, _ change: TagChange, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) -> Tag {
    try await writing(caller) { shelf in
      try condition.check(try shelf.requiredTag(id).entityTag)
      return try shelf.changeTag(id, change)
    }
  }

  package func deleteTag(
    _ id: Int64, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try condition.check(try shelf.requiredTag(id).entityTag)
      try shelf.deleteTag(id)
    }
  }

  package func tagCategories(
    matching query: TagQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<TagCategory> {
    try await reading(caller) { shelf in try shelf.tagCategories(matching: query) }
  }

  package func tagCategory(_ id: Int64, by caller: Caller) async throws(ContactFault) -> TagCategory {
    try await reading(caller) { shelf in try shelf.requiredTagCategory(id) }
  }

  package func createTagCategory(_ change: TagChange, by caller: Caller) async throws(ContactFault) -> TagCategory {
    try await writing(caller) { shelf in try shelf.addTagCategory(change) }
  }

  package func updateTagCategory(
    _ id: Int64, _ change: TagChange, by caller: Caller
  ) async throws(ContactFault) -> TagCategory {
    try await writing(caller) { shelf in try shelf.changeTagCategory(id, change) }
  }

  package func deleteTagCategory(_ id: Int64, by caller: Caller) async throws(ContactFault) {
    try await writing(caller) { shelf in try shelf.deleteTagCategory(id) }
  }
}

/// What tags are applied to. A tag that is applied again, or taken where it is not, changes nothing.
extension Issuer {
  /// The tags of a contact or company.
  package func tags(
    of bearer: TagBearer, _ id: Int64, matching query: TagQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<Applied<Tag>> {
    try await reading(caller) { shelf in try shelf.tags(of: bearer, id, matching: query) }
  }

  package func contacts(
    withTag tag: Int64, matching query: TagQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<Applied<ContactRecord>> {
    try await reading(caller) { shelf in try shelf.contacts(withTag: tag, matching: query) }
  }

  package func companies(
    withTag tag: Int64, matching query: TagQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<Applied<CompanyRecord>> {
    try await reading(caller) { shelf in try shelf.companies(withTag: tag, matching: query) }
  }

  /// Applies a tag to contacts, and says of each what came of it: v1 tells an unknown tag so, too.
  package func applyTag(
    _ tag: Int64, toContacts contacts: [Int64], by caller: Caller
  ) async throws(ContactFault) -> [TagOutcome] {
    try await writing(caller) { shelf in try shelf.apply([tag], toContacts: contacts) }
  }

  /// Applies a tag that there must be to contacts, and says of each what came of it.
  package func applyKnownTag(
    _ tag: Int64, toContacts contacts: [Int64], by caller: Caller
  ) async throws(ContactFault) -> [TagOutcome] {
    try await writing(caller) { shelf in
      _ = try shelf.requiredTag(tag)
      return try shelf.apply([tag], toContacts: contacts)
    }
  }

  /// Applies tags to a contact, and says of each what came of it, also where there is no such contact.
  package func applyTags(
    _ tags: [Int64], toContact contact: Int64, by caller: Caller
  ) async throws(ContactFault) -> [TagOutcome] {
    try await writing(caller) { shelf in try shelf.apply(tags, toContacts: [contact]) }
  }

  /// Takes a tag that there must be from contacts.
  package func removeTag(
    _ tag: Int64, fromContacts contacts: [Int64], by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      _ = try shelf.requiredTag(tag)
      try shelf.remove([tag], from: .contacts, contacts)
    }
  }

  /// Takes tags from a contact that there must be.
  package func removeTags(
    _ tags: [Int64], fromContact contact: Int64, by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try shelf.requireContact(contact)
      try shelf.remove(tags, from: .contacts, [contact])
    }
  }

  /// Takes a tag from a contact; there must be both.
  package func removeTag(
    _ tag: Int64, fromContact contact: Int64, by caller: Caller
  ) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try shelf.requireContact(contact)
      _ = try shelf.requiredTag(tag)
      try shelf.remove([tag], from: .contacts, [contact])
    }
  }

  package func applyTag(_ tag: Int64, toCompany id: Int64, by caller: Caller) async throws(ContactFault) {
    try await writing(caller) { shelf in try shelf.apply(tag, toCompany: id) }
  }

  package func removeTag(_ tag: Int64, fromCompany id: Int64, by caller: Caller) async throws(ContactFault) {
    try await writing(caller) { shelf in
      try shelf.requireCompany(id)
      _ = try shelf.requiredTag(tag)
      try shelf.remove([tag], from: .companies, [id])
    }
  }
}
