import Contacts

extension Issuer {
  /// Adds a company, or changes the one that has this name: a name stands for one company, and a request that is repeated makes
  /// no second one.
  package func createCompany(_ change: CompanyChange, by caller: Caller) async throws(ContactFault) -> CompanyRecord {
    guard let name = change.name.value else { throw .invalid("company_name is required") }
    return try await writing(caller) { shelf in
      var rest = change
      // It is kept as it was first spelled.
      rest.name = .absent
      return try shelf.change(try shelf.wholeCompanyMade(named: name), rest, as: .upsert)
    }
  }

  /// Changes the fields that `change` speaks of. Contacts that point at the company have its new name when this returns.
  ///
  /// - Parameter act: `.merge` as v1 does, or `.replace` as v2 does with what has parts.
  package func updateCompany(
    _ id: Int64, _ change: CompanyChange, as act: ContactAct, if condition: RecordCondition = RecordCondition(),
    by caller: Caller
  ) async throws(ContactFault) -> CompanyRecord {
    let (record, first) = try await writing(caller) { shelf in
      let old = try shelf.requiredCompany(id)
      try condition.check(old.record.entityTag)
      let record = try shelf.change(old, change, as: act)
      return (record, try shelf.carryName(of: id, behind: 0))
    }
    var last = first
    while let behind = last {
      last = try await writing(caller) { shelf in try shelf.carryName(of: id, behind: behind) }
    }
    return record
  }

  /// Deletes a company; no contact points at it afterwards.
  ///
  /// - Parameter condition: judged where the first contacts are freed: what has begun is not left half done for a change that
  ///   comes later.
  package func deleteCompany(
    _ id: Int64, if condition: RecordCondition = RecordCondition(), by caller: Caller
  ) async throws(ContactFault) {
    var isGone = try await writing(caller) { shelf in
      try condition.check(try shelf.requiredCompany(id).record.entityTag)
      return try shelf.deleteCompany(id)
    }
    while !isGone { isGone = try await writing(caller) { shelf in try shelf.deleteCompany(id) } }
  }

  /// Nil also for a company of another tenant.
  package func company(_ id: Int64, by caller: Caller) async throws(ContactFault) -> CompanyRecord? {
    try await reading(caller) { shelf in try shelf.company(id)?.record }
  }

  /// Finds a company by its name, without regard to case and spaces.
  ///
  /// - Parameter creating: makes it if there is none.
  package func company(
    named name: String, creating: Bool, by caller: Caller
  ) async throws(ContactFault) -> CompanyReference? {
    if creating { return try await writing(caller) { shelf in try shelf.companyMade(named: name) } }
    return try await reading(caller) { shelf in try shelf.company(named: name) }
  }

  package func companies(
    matching query: CompanyQuery, by caller: Caller
  ) async throws(ContactFault) -> RecordPage<CompanyRecord> {
    try await reading(caller) { shelf in
      let order = ListStatement.Order(
        column: query.order.column, isText: query.order == .name || query.order == .email,
        isDescending: query.page.isDescending)
      let list = ListStatement(
        ListSource(.company), tenant: shelf.tenant, try query.filters.map(shelf.condition), order: order)
      return try shelf.page(of: list, query.page) { try shelf.companies($0) }
    }
  }
}

extension CompanyOrder {
  fileprivate var column: String? {
    switch self {
    case .id: nil
    case .created: "created_at"
    case .name: "normal_name"
    case .email: "email"
    }
  }
}

extension TenantContacts {
  fileprivate func condition(_ filter: CompanyFilter) throws -> ListCondition {
    switch filter {
    case .text(.name, let text, let isPrefix):
      .text("normal_name", NormalForm.name(text), isPrefix: isPrefix, rank: 1)
    case .text(.email, let text, let isPrefix): .text("email", NormalForm.email(text), isPrefix: isPrefix, rank: 2)
    case .text(.city, let text, let isPrefix): .text("city", NormalForm.name(text), isPrefix: isPrefix, rank: 3)
    case .text(.state, let text, let isPrefix): .text("state", NormalForm.name(text), isPrefix: isPrefix, rank: 4)
    case .id(let comparison, let id): .id(comparison, id)
    case .updatedFrom(let time): .updated(from: time)
    case .updatedUntil(let time): .updated(until: time)
    case .custom(let term): try found(by: term, .company)
    }
  }
}
