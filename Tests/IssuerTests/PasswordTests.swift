import OAuth
import Store
import Synchronization
import Testing

@testable import Issuer

@Suite struct PasswordTests {
  private static let new = Secret("battery staple")

  @Test("P40: a person's new password takes the old one, counted as at sign-in, and ends the other sign-ins")
  func change() async throws {
    let world = try await IssuerWorld()
    let here = try await world.signIn(), elsewhere = try await world.signIn()
    let consent = try await world.consent(world.app, elsewhere)
    let tokens = try await world.tokens(world.app)
    func change(_ old: Secret, _ csrf: Secret? = nil) async throws -> Bool {
      try await world.issuer.changePassword(
        from: old, to: Self.new, by: here, csrf: (csrf ?? here.csrf).exposed, address: "198.51.100.7")
    }
    for _ in 0..<SignInThrottle.ofName.free {
      await #expect(throws: SignInRefusal.wrongCredentials) { try await change(Secret("wrong horse")) }
    }
    await #expect(throws: SignInRefusal.tooManyAttempts(retryAfter: 2)) { try await change(IssuerWorld.password) }
    await #expect(throws: SignInRefusal.self, "it is the same count") {
      try await world.issuer.signIn(email: world.user.email, password: IssuerWorld.password, address: "198.51.100.7")
    }
    world.time.advance(by: .seconds(2))
    #expect(try await !change(IssuerWorld.password, elsewhere.csrf))
    #expect(try await change(IssuerWorld.password))
    #expect(try await world.isOpen(here))
    #expect(try await !world.isOpen(elsewhere))
    guard case .page = try await world.decide(consent, .approve(tenantID: nil), elsewhere) else {
      Issue.record("a page of an ended session was answered")
      return
    }
    #expect(await world.refusal(tokens) == nil, "approvals are ended one by one, by the person")
    #expect(try await world.issuer.events(of: here).first?.kind == "password_changed")
    await #expect(throws: SignInRefusal.wrongCredentials) { try await world.signIn() }
    _ = try await world.issuer.signIn(email: world.user.email, password: Self.new, address: "192.0.2.1")
  }

  /// A store in which something else happens right before one of the writes.
  private final class Intruded: Database {
    private let inner: any Database
    private let plan = Mutex<(countdown: Int, act: @Sendable () async throws -> Void)?>(nil)

    init(_ inner: any Database) { self.inner = inner }

    var isWaiting: Bool { plan.withLock { $0 != nil } }

    func before(write number: Int, _ act: @escaping @Sendable () async throws -> Void) {
      plan.withLock { $0 = (number, act) }
    }

    func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      let intrusion = plan.withLock { plan -> (@Sendable () async throws -> Void)? in
        plan?.countdown -= 1
        guard let due = plan, due.countdown == 0 else { return nil }
        plan = nil
        return due.act
      }
      try await intrusion?()
      return try await inner.write(act)
    }

    func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
      try await inner.read(act)
    }

    func changeMark() async throws -> Int64 { try await inner.changeMark() }
  }

  @Test("P40: of two changes from one old password the later comes to nothing, whenever the other happens in between")
  func replacedMeanwhile() async throws {
    var number = 0, isLast = false
    while !isLast {
      number += 1
      let inner = try SQLite.inMemory(), database = Intruded(inner)
      let world = try await IssuerWorld(database: database)
      let here = try await world.signIn()
      let other = Issuer(
        database: inner, ring: world.ring, clock: world.time.clock, random: .seeded(5), settings: .test,
        revocationLog: .inMemory, logger: .silent)
      database.before(write: number) {
        _ = try await other.changePassword(
          from: IssuerWorld.password, to: Secret("the other"), by: here, csrf: here.csrf.exposed,
          address: "198.51.100.8")
      }
      let isChanged = try? await world.issuer.changePassword(
        from: IssuerWorld.password, to: Self.new, by: here, csrf: here.csrf.exposed, address: "198.51.100.7")
      isLast = database.isWaiting
      #expect(isChanged == (isLast ? true : nil), "before write \(number)")
      _ = try await other.signIn(
        email: world.user.email, password: isLast ? Self.new : Secret("the other"), address: "192.0.2.1")
    }
    #expect(number > 2)
  }

  @Test("the operator sets a password: the person is signed out everywhere, and pauses are over")
  func operatorSets() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    for _ in 0..<9 {
      _ = try? await world.issuer.signIn(email: world.user.email, password: Self.new, address: "192.0.2.1")
    }
    try await world.issuer.setPassword(Self.new, of: " Ann@ACME.example")
    #expect(try await !world.isOpen(session))
    _ = try await world.issuer.signIn(email: world.user.email, password: Self.new, address: "192.0.2.1")
    for (email, password) in [("nobody@acme.example", Self.new), (world.user.email, Secret("short"))] {
      await #expect(throws: IssuerRefusal.self) { try await world.issuer.setPassword(password, of: email) }
    }
  }

  @Test("a link sets a password once, within an hour, for a person who is not disabled; a later link ends it")
  func reset() async throws {
    let world = try await IssuerWorld()
    let session = try await world.signIn()
    func reset(_ link: Secret) async throws -> Bool {
      try await world.issuer.resetPassword(Self.new, by: link, address: "192.0.2.1")
    }
    let first = try await world.issuer.makePasswordReset(for: world.user.email)
    let second = try await world.issuer.makePasswordReset(for: world.user.email)
    let unknown = Credential.passwordReset.spell(Array(repeating: 1, count: 32))
    for link in [first, unknown, Secret("x"), Secret("")] {
      #expect(try await !world.issuer.isPasswordReset(link))
      #expect(try await !reset(link))
    }
    try await world.issuer.setDisabled(true, .user(email: world.user.email))
    #expect(try await !reset(second))
    try await world.issuer.setDisabled(false, .user(email: world.user.email))
    await #expect(throws: IssuerRefusal.self) {
      try await world.issuer.resetPassword(Secret("short"), by: second, address: "192.0.2.1")
    }
    #expect(try await reset(second))
    #expect(try await !reset(second))
    #expect(try await !world.isOpen(session))
    _ = try await world.issuer.signIn(email: world.user.email, password: Self.new, address: "192.0.2.1")
    let late = try await world.issuer.makePasswordReset(for: world.user.email)
    world.time.advance(by: Issuer.resetLifetime)
    #expect(try await !reset(late))
    await #expect(throws: IssuerRefusal.self) { try await world.issuer.makePasswordReset(for: "nobody@acme.example") }
  }

  @Test("of many uses of one link at once exactly one sets a password")
  func resetOnce() async throws {
    let world = try await IssuerWorld()
    let link = try await world.issuer.makePasswordReset(for: world.user.email)
    let done = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await world.issuer.resetPassword(Secret("password \(number)"), by: link, address: "192.0.2.\(number)")
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(done == 1)
  }

  @Test("a sign-in with the old password that is under way when a new one is set comes to nothing")
  func underWay() async throws {
    let world = try await IssuerWorld()
    let proof = try await world.issuer.prove(
      IssuerWorld.password, of: world.user.email, from: NetworkPlace("192.0.2.1"))
    try await world.issuer.setPassword(Self.new, of: world.user.email)
    let now = world.time.now
    await #expect(throws: SignInRefusal.wrongCredentials) {
      try await world.database.write { db in try proof.accept(at: now, db) }
    }
  }
}

extension IssuerWorld {
  fileprivate func isOpen(_ session: Session) async throws -> Bool {
    let now = time.now
    return try await database.read { db in
      try db.row(
        "SELECT user_id FROM sessions WHERE hash = $1 AND ends_at > $2", [UInt8](hex: session.id) ?? [], now) != nil
    }
  }
}
