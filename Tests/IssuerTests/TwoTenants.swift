import Contacts
import Store
import Testing

@testable import Issuer

/// A world in which one person calls for two tenants.
struct TwoTenants {
  let world: IssuerWorld
  /// Calls for the world's own tenant.
  let caller: Caller
  /// Calls for another one, which has nothing.
  let other: Caller

  var issuer: Issuer { world.issuer }

  init(database: (any Database)? = nil) async throws {
    world = try await IssuerWorld(database: database)
    caller = try await world.issuer.authenticate(try await world.tokens(world.app).accessToken)
    let second = try await world.issuer.addTenant(name: "Bolt Works")
    try await world.issuer.addMember(email: world.user.email, tenant: second.name)
    other = try await world.issuer.authenticate(try await world.tokens(world.app, tenant: second.id).accessToken)
  }

  /// A contact of the world's own tenant.
  func contact(_ email: String = "ann@shop.example", company: String? = nil) async throws -> ContactRecord {
    try await issuer.createContact(Self.person(email, company: company), check: KeapV1.check, by: caller)
  }

  /// Defines a text for records of a kind.
  func field(_ label: String, of kind: RecordKind) async throws -> Int64 {
    try await issuer.defineCustomField(NewCustomField(label: label, type: .text), for: kind, by: caller).id
  }

  static func person(_ email: String, company: String? = nil) -> ContactChange {
    var change = ContactChange()
    change.emails = .set([EmailAddress(email)])
    change[.givenName] = .set("Ann")
    if let company { change.company = .set(CompanyReference(name: company)) }
    return change
  }

  /// Somebody who is a member of neither tenant.
  func stranger() async throws -> Int64 {
    try await issuer.addUser(email: "zoe@else.example", name: "Zoe Else", password: IssuerWorld.password).id
  }

  /// Somebody who is a member of the world's own tenant.
  func colleague() async throws -> Int64 {
    try await issuer.addUser(
      email: "ben@acme.example", name: "Ben van der Berg", password: IssuerWorld.password,
      tenants: [world.tenant.name]
    ).id
  }

  /// The records of all pages of a list, and how many pages there were.
  static func walk<Record>(_ page: (String?) async throws -> RecordPage<Record>) async throws -> (
    records: [Record], pages: Int
  ) {
    var (records, pages): ([Record], Int) = ([], 0)
    var token: String?
    repeat {
      let next = try await page(token)
      records += next.records
      pages += 1
      token = next.nextPageToken
    } while token != nil && pages < 50
    return (records, pages)
  }
}
