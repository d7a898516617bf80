import Contacts
import Store
import TestKit
import Testing

@testable import Issuer

/// A world with somebody who may call in it.
struct TagWorld {
  var world: IssuerWorld
  var caller: Caller

  init(_ database: (any Database)? = nil) async throws {
    world = try await IssuerWorld(database: database)
    caller = try await world.issuer.authenticate(try await world.tokens(world.app).accessToken)
  }

  init(_ two: TwoTenants) { (world, caller) = (two.world, two.caller) }

  var issuer: Issuer { world.issuer }
  var time: VirtualTime { world.time }
  var database: any Database { world.database }

  /// The same issuer, called for a second tenant.
  func inAnotherTenant() async throws -> TagWorld {
    let second = try await issuer.addTenant(name: "Bolt Works")
    try await issuer.addMember(email: world.user.email, tenant: second.name)
    var other = self
    other.caller = try await issuer.authenticate(try await world.tokens(world.app, tenant: second.id).accessToken)
    return other
  }

  @discardableResult
  func tag(_ name: String, _ description: String? = nil, category: Int64? = nil) async throws -> Contacts.Tag {
    var change = TagChange()
    change.name = .set(name)
    if let description { change.description = .set(description) }
    if let category { change.category = .set(category) }
    return try await issuer.createTag(change, by: caller)
  }

  @discardableResult
  func category(_ name: String, _ description: String? = nil) async throws -> TagCategory {
    var change = TagChange()
    change.name = .set(name)
    if let description { change.description = .set(description) }
    return try await issuer.createTagCategory(change, by: caller)
  }

  func contact(_ given: String, _ family: String? = nil) async throws -> Int64 {
    var change = ContactChange()
    change.emails = .set([EmailAddress("\(given)@shop.example")])
    change[.givenName] = .set(given)
    if let family { change[.familyName] = .set(family) }
    return try await issuer.createContact(change, check: KeapV1.check, by: caller).id
  }

  func company(_ name: String, email: String? = nil) async throws -> Int64 {
    var change = CompanyChange()
    change.name = .set(name)
    if let email { change.details.emails = .set([EmailAddress(email)]) }
    return try await issuer.createCompany(change, by: caller).id
  }

  func tagIDs(_ contact: Int64) async throws -> [Int64] { try await issuer.contact(contact, by: caller).tagIDs }

  /// How many tags are applied, for all tenants.
  var appliedCount: Int {
    get async throws {
      try await database.read { db in
        try db.rows("SELECT tag_id FROM contact_tags").count + db.rows("SELECT tag_id FROM company_tags").count
      }
    }
  }
}
