import OAuth
import Testing

@testable import Issuer

@Suite struct AdministrationTests {
  @Test("a person whose tenant is not there is not added, whichever of several it is")
  func oneAct() async throws {
    let world = try await IssuerWorld()
    for tenants in [["Nope"], ["Acme Shop", "Nope"]] {
      await #expect(throws: IssuerRefusal.self) {
        try await world.issuer.addUser(
          email: "bob@acme.example", name: "Bob", password: IssuerWorld.password, tenants: tenants)
      }
    }
    #expect(try await world.issuer.users().map(\.email) == [world.user.email])
    try await world.issuer.addUser(
      email: "bob@acme.example", name: "Bob", password: IssuerWorld.password, tenants: ["Acme Shop", "Acme Shop"])
    #expect(try await world.issuer.users().map(\.tenants) == [["Acme Shop"], ["Acme Shop"]])
  }

  @Test("tenants, people and apps are listed with what they are and whether they are switched off")
  func lists() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addTenant(name: "Aardvark")
    try await world.issuer.addUser(email: "aa@acme.example", name: "Bob", password: IssuerWorld.password)
    try await world.issuer.setDisabled(true, .tenant(name: "Aardvark"))
    try await world.issuer.setDisabled(true, .user(email: "aa@acme.example"))
    try await world.issuer.setDisabled(true, .client(id: world.app.id))
    let tenants = try await world.issuer.tenants(), users = try await world.issuer.users()
    #expect(tenants.map(\.name) == ["Aardvark", "Acme Shop"])
    #expect(tenants.map(\.members) == [0, 1])
    #expect(tenants.map { $0.disabledAt != nil } == [true, false])
    #expect(users.map(\.email) == ["aa@acme.example", "ann@acme.example"])
    #expect(users.map(\.tenants) == [[], ["Acme Shop"]])
    #expect(users.map { $0.disabledAt != nil } == [true, false])
    let clients = try await world.issuer.clients()
    #expect(clients.map(\.id) == [world.publicApp.id, world.app.id])
    #expect(clients.map(\.isPublic) == [true, false])
    #expect(clients.map(\.redirectURIs) == [[IssuerWorld.loopback], [IssuerWorld.callback]])
    #expect(clients.map { $0.disabledAt != nil } == [false, true])
    try await world.issuer.setDisabled(true, .client(id: OwnTokenKind.service.clientID))
    let standIns = try await world.issuer.standIns()
    #expect(standIns.map(\.kind) == [.personal, .service] && standIns.map { $0.disabledAt != nil } == [false, true])
  }

  @Test("whoever names a tenant, a person or an app that is not there is told which command lists them")
  func unknown() async throws {
    let issuer = try await IssuerWorld().issuer
    let noTenant = IssuerRefusal("There is no tenant named Nope; all are in: evergrant issuer tenant list")
    let noUser = IssuerRefusal("There is no user with the address no@x.example; all are in: evergrant issuer user list")
    let noApp = IssuerRefusal("There is no app nope; all are in: evergrant issuer client list")
    for isOff in [true, false] {
      await #expect(throws: noTenant) { try await issuer.setDisabled(isOff, .tenant(name: "Nope")) }
      await #expect(throws: noUser) { try await issuer.setDisabled(isOff, .user(email: "no@x.example")) }
      await #expect(throws: noApp) { try await issuer.setDisabled(isOff, .client(id: "nope")) }
    }
    await #expect(throws: noApp) { try await issuer.setDialect(.keap, ofClient: "nope") }
    await #expect(throws: noApp) { try await issuer.setScope(Scope([]), ofClient: "nope") }
  }

  @Test(
    "a name of a tenant, a person or an app is one line of what can be seen",
    arguments: ["", " ", "a\nb", "a\u{202E}b"])
  func names(name: String) async throws {
    let world = try await IssuerWorld()
    await #expect(throws: IssuerRefusal.self) { try await world.issuer.addTenant(name: name) }
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.addUser(email: "bob@acme.example", name: name, password: IssuerWorld.password)
    }
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.registerClient(.init(name: name, redirectURIs: [IssuerWorld.callback]))
    }
  }

  @Test("P42: the numbers of people and tenants tell nothing of how many there are")
  func numbers() async throws {
    let world = try await IssuerWorld()
    var users = [world.user.id], tenants = [world.tenant.id]
    for number in 0..<20 {
      let email = "user\(number)@acme.example"
      users.append(try await world.issuer.addUser(email: email, name: "U", password: IssuerWorld.password).id)
      tenants.append(try await world.issuer.addTenant(name: "Tenant \(number)").id)
    }
    for ids in [users, tenants] {
      #expect(Set(ids).count == 21)
      #expect(ids != ids.sorted())
      #expect(ids.allSatisfy { $0 > 1 << 32 && $0 < 1 << 53 })
    }
  }
}
