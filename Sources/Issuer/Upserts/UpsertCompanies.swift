import Contacts

/// The companies that the contacts of one request name.
struct UpsertCompanies {
  private var byID: [Int64: CompanyReference] = [:]
  private var byName: [String: CompanyReference] = [:]

  init() {}

  init(of items: [UpsertItem], in shelf: TenantContacts) throws {
    let named = items.compactMap { try? $0.change.get().company.value }
    let ids = Set(named.compactMap(\.id)), names = Set(named.compactMap(\.name).map(NormalForm.name))
    for company in try shelf.companies(ids.sorted(), named: names.sorted()) { keep(company) }
  }

  /// The change with its company named by both id and name; one that is not there yet has only its name.
  func resolving(_ change: ContactChange) throws(PlacedRefusal) -> ContactChange {
    guard let reference = change.company.value else { return change }
    var change = change
    if let id = reference.id {
      guard let company = byID[id] else { throw PlacedRefusal("company.id", "company.id: there is no company \(id)") }
      change.company = .set(company)
    } else if let name = reference.name, !NormalForm.name(name).isEmpty {
      change.company = .set(byName[NormalForm.name(name)] ?? reference)
    } else {
      change.company = .null
    }
    return change
  }

  /// The contact's company, made if it is not there yet.
  ///
  /// - Throws: ``ContactFault/invalid(_:)``, before anything is written, where the contact is too long.
  mutating func made(for contact: Contact, in shelf: TenantContacts) throws -> CompanyReference? {
    guard let company = contact.company, company.id == nil, let name = company.name else { return contact.company }
    // An earlier contact of the same request may have had it made.
    if let known = byName[NormalForm.name(name)] { return known }
    var whole = contact
    whole.company?.id = .max
    _ = try TenantContacts.document(of: whole)
    let made = try shelf.companyMade(named: name)
    keep(made)
    return made
  }

  private mutating func keep(_ company: CompanyReference) {
    if let id = company.id { byID[id] = company }
    if let name = company.name { byName[NormalForm.name(name)] = company }
  }
}
