import OAuth
import Store
import Synchronization
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct SignInTests {
  private static let wrong = Secret("wrong horse")

  @Test("P40: of many attempts at once exactly the free ones are compared", arguments: [false, true])
  func countedBeforeCompared(isFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let database: any Database = isFile ? try SQLite(path: folder.file("issuer.sqlite")) : try SQLite.inMemory()
    let world = try await IssuerWorld(database: database)
    for email in [world.user.email, "nobody@acme.example"] {
      let refusals = try await world.guesses(Array(repeating: email, count: 60), from: "192.0.2.1")
      #expect(refusals[.wrongCredentials] == SignInThrottle.ofName.free)
      #expect(refusals[.tooManyAttempts(retryAfter: 2)] == 60 - SignInThrottle.ofName.free)
    }
    world.time.advance(by: .seconds(2))
    let next = try await world.guesses(Array(repeating: world.user.email, count: 60), from: "192.0.2.1")
    #expect(next[.wrongCredentials] == 1)
  }

  @Test("P40: a stranger elsewhere locks nobody out, and the pauses at one address grow and are forgotten")
  func lockout() async throws {
    let world = try await IssuerWorld()
    _ = try await world.guesses(Array(repeating: world.user.email, count: 9), from: "198.51.100.7")
    _ = try await world.signIn(from: "192.0.2.1")
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
      let early = try await world.guesses([world.user.email], from: "198.51.100.7")
      #expect(early == [.tooManyAttempts(retryAfter: seconds): 1])
      world.time.advance(by: .seconds(seconds))
      #expect(try await world.guesses([world.user.email], from: "198.51.100.7") == [.wrongCredentials: 1])
    }
    world.time.advance(by: SignInThrottle.memory)
    let after = try await world.guesses(Array(repeating: world.user.email, count: 9), from: "198.51.100.7")
    #expect(after[.wrongCredentials] == SignInThrottle.ofName.free)
  }

  @Test("P40: the right password ends the pauses for its own name, and for no other")
  func success() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addUser(email: "eve@acme.example", name: "Eve", password: IssuerWorld.password)
    for _ in 0..<4 {
      _ = try await world.guesses(Array(repeating: "bob@acme.example", count: 2), from: "192.0.2.1")
      _ = try await world.signIn("eve@acme.example", from: "192.0.2.1")
    }
    #expect(
      try await world.guesses(["bob@acme.example"], from: "192.0.2.1") == [.tooManyAttempts(retryAfter: 2): 1],
      "signing in as somebody else does not give guesses back")
  }

  @Test("P40: many names from one address are slowed too, but not for whoever has signed in there before")
  func spraying() async throws {
    let world = try await IssuerWorld()
    _ = try await world.issuer.addUser(email: "new@acme.example", name: "New", password: IssuerWorld.password)
    _ = try await world.signIn(from: "192.0.2.1")
    for number in 0..<60 {
      let refusal =
        number < SignInThrottle.ofAddress.free ? SignInRefusal.wrongCredentials : .tooManyAttempts(retryAfter: 2)
      #expect(try await world.guesses(["name\(number)@acme.example"], from: "192.0.2.1") == [refusal: 1])
    }
    _ = try await world.signIn(from: "192.0.2.1")
    await #expect(throws: SignInRefusal.tooManyAttempts(retryAfter: 2)) {
      try await world.signIn("new@acme.example", from: "192.0.2.1")
    }
    _ = try await world.signIn("new@acme.example", from: "192.0.2.2")
    // The pause is short however long it goes on, and a right password does not take the count away.
    for number in 0..<20 {
      world.time.advance(by: SignInThrottle.ofAddress.longest)
      #expect(try await world.guesses(["other\(number)@acme.example"], from: "192.0.2.1") == [.wrongCredentials: 1])
    }
    world.time.advance(by: SignInThrottle.ofAddress.longest)
    _ = try await world.signIn("new@acme.example", from: "192.0.2.1")
  }

  @Test("P40: a network of IPv6 counts as one address, and an address of IPv4 as itself however it is written")
  func places() {
    #expect(NetworkPlace("2001:db8:1:2::1") == NetworkPlace("2001:DB8:1:2:ffff:0:0:9"))
    #expect(NetworkPlace("2001:db8:1:2::1") != NetworkPlace("2001:db8:1:3::1"))
    #expect(NetworkPlace("::ffff:192.0.2.1") == NetworkPlace("192.0.2.1"))
    #expect(NetworkPlace("192.0.2.1") != NetworkPlace("192.0.2.2"))
    #expect(NetworkPlace("fe80::1%eth0") == NetworkPlace("fe80::2"))
    #expect(NetworkPlace(String(repeating: "x", count: 9000)).text.count == 64)
  }

  @Test(
    "P40: an unknown address, a disabled person and a wrong password cost the same work and get the same answer, late")
  func alike() async throws {
    var settings = IssuerSettings.test
    settings.refusalDelay = .seconds(1)
    let world = try await IssuerWorld(settings: settings)
    try await world.issuer.addUser(email: "off@acme.example", name: "Off", password: IssuerWorld.password)
    try await world.issuer.setDisabled(true, .user(email: "off@acme.example"))
    let cases = [
      (world.user.email, Self.wrong), ("nobody@acme.example", IssuerWorld.password),
      ("off@acme.example", IssuerWorld.password),
      ("a\u{0}b", IssuerWorld.password), ("", Secret("")), (String(repeating: "a", count: 9000), IssuerWorld.password),
    ]
    for (index, (email, password)) in cases.enumerated() {
      let isOver = Mutex(false)
      async let answer = world.refusal(email, password, from: "192.0.2.\(index)") { isOver.withLock { $0 = true } }
      while world.time.untilNextDeadline == nil, !isOver.withLock({ $0 }) { await Task.yield() }
      #expect(world.time.untilNextDeadline == .seconds(1), "\(email.prefix(20))")
      world.time.advance(by: .seconds(1))
      #expect(try await answer == .wrongCredentials)
    }
    let hashes = Mutex<[PasswordCost]>([])
    let hasher = PasswordHasher(
      ring: world.ring, random: .seeded(5), cost: .standard,
      derive: { _, _, cost in
        hashes.withLock { $0.append(cost) }
        return [1]
      })
    let place = NetworkPlace("192.0.2.1")
    let sealed = try hasher.seal(try await hasher.digest(IssuerWorld.password, from: place), of: "a@b.example")
    _ = try await hasher.matches(Self.wrong, sealed, of: "a@b.example", from: place)
    #expect(try await !hasher.matches(Self.wrong, nil, of: "a@b.example", from: place))
    #expect(hashes.withLock { $0 } == Array(repeating: .standard, count: 3))
  }

  @Test("P40: a clock that stepped forward and was set right keeps nobody out for that time")
  func clockStep() async throws {
    let world = try await IssuerWorld()
    world.time.stepWall(by: .days(3))
    _ = try await world.guesses(Array(repeating: world.user.email, count: 9), from: "192.0.2.1")
    world.time.setWallRight()
    #expect(try await world.guesses([world.user.email], from: "192.0.2.1") == [.wrongCredentials: 1])
    world.time.advance(by: .seconds(4))
    _ = try await world.signIn(from: "192.0.2.1")
  }

  @Test("what was counted is swept out when it no longer counts")
  func sweeping() async throws {
    let world = try await IssuerWorld()
    _ = try await world.signIn(from: "192.0.2.1")
    _ = try await world.guesses(["nobody@acme.example"], from: "198.51.100.7")
    func rows() async throws -> Int {
      try await world.database.read { try $0.rows("SELECT name FROM sign_in_attempts").count }
    }
    #expect(try await rows() == 4)
    world.time.advance(by: SignInThrottle.memory)
    try await world.issuer.sweep()
    #expect(try await rows() == 1, "where somebody has signed in")
    world.time.advance(by: SignInAttempt.familiarity)
    try await world.issuer.sweep()
    #expect(try await rows() == 0)
  }
}

extension IssuerWorld {
  fileprivate func refusal(
    _ email: String, _ password: Secret, from address: String, over: @Sendable () -> Void
  ) async throws -> SignInRefusal? {
    defer { over() }
    do {
      _ = try await issuer.signIn(email: email, password: password, address: address)
      return nil
    } catch let refusal as SignInRefusal {
      return refusal
    }
  }

  /// What wrong passwords come to, all tried at once.
  fileprivate func guesses(_ emails: [String], from address: String) async throws -> [SignInRefusal: Int] {
    try await withThrowingTaskGroup(of: SignInRefusal?.self) { group in
      for email in emails {
        group.addTask { try await refusal(email, Secret("wrong horse"), from: address) {} }
      }
      return try await group.reduce(into: [:]) { counts, refusal in
        if let refusal { counts[refusal, default: 0] += 1 } else { Issue.record("signed in by a wrong password") }
      }
    }
  }

  @discardableResult
  fileprivate func signIn(_ email: String = "ann@acme.example", from address: String) async throws -> Secret {
    try await issuer.signIn(email: email, password: Self.password, address: address)
  }
}
