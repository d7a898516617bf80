import Contacts

/// Links between contacts, and their types.
extension Issuer {
  package func contactLinkTypes(
    matching query: ContactLinkTypeQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<ContactLinkType> {
    try await reading(caller) { shelf in
      let order = ListStatement.Order(
        column: query.order.column, isText: query.order == .name, isDescending: query.page.isDescending)
      let names = query.names.map {
        ListCondition(column: "normal_name", isText: true, test: .compares("=", .text($0)))
      }
      let list = ListStatement(ListSource(tables: "contact_link_types"), tenant: shelf.tenant, names, order: order)
      return try shelf.page(of: list, query.page) { try shelf.linkTypes($0) }
    }
  }

  package func createContactLinkType(
    _ change: ContactLinkTypeChange, by caller: Caller
  ) async throws(ContactFault) -> ContactLinkType {
    try await writing(caller) { shelf in try shelf.addLinkType(change) }
  }

  package func updateContactLinkType(
    _ id: Int64, _ change: ContactLinkTypeChange, by caller: Caller
  ) async throws(ContactFault) -> ContactLinkType {
    try await writing(caller) { shelf in try shelf.changeLinkType(id, change) }
  }

  /// Deletes a type of which there are no links.
  package func deleteContactLinkType(_ id: Int64, by caller: Caller) async throws(ContactFault) {
    try await writing(caller) { shelf in try shelf.deleteLinkType(id) }
  }

  /// Links two contacts. Whoever links them again gets the link that is there.
  package func linkContacts(_ pair: ContactPair, by caller: Caller) async throws(ContactFault) -> ContactLink {
    try await writing(caller) { shelf in try shelf.link(pair) }
  }

  package func unlinkContacts(_ pair: ContactPair, by caller: Caller) async throws(ContactFault) {
    try await writing(caller) { shelf in try shelf.unlink(pair) }
  }

  /// In the order in which they were linked.
  package func contactLinks(of contact: Int64, by caller: Caller) async throws(ContactFault) -> [ContactLink] {
    try await reading(caller) { shelf in
      try shelf.requireContact(contact)
      return try shelf.links(of: [contact])[contact] ?? []
    }
  }
}

extension ContactLinkTypeOrder {
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .name: "normal_name"
    case .mostLinks: "max_links"
    case .created: "created_at"
    }
  }
}
