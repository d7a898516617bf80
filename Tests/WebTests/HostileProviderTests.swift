import HostileProvider
import Keeper
import OAuth
import TestKit
import Testing
import Wire

/// What becomes of a refresh that meets a provider, or a network, of the worst kind.
struct Ordeal: Sendable, CustomTestStringConvertible {
  enum Outcome: Sendable { case granted, refused, clientRefused, notProcessed, throttled(Duration), unknown }

  var testDescription: String
  var course: Conduct.Course
  /// What a keeper must read out of it.
  var outcome: Outcome
  /// Whether the provider has replaced the token.
  var rotates = true

  static let page = ModelAnswer(200, "<html>Please sign in</html>", headers: [ModelAnswer.html])
  static let all = [
    Ordeal("answered late", .late(.milliseconds(20)), .granted),
    Ordeal("no answer before the commit", .drop(committing: false), .unknown, rotates: false),
    Ordeal("no answer after the commit", .drop(committing: true), .unknown),
    Ordeal("held before the commit, beyond the deadline", .hold(.received), .unknown, rotates: false),
    Ordeal("held after the commit, beyond the deadline", .hold(.committed), .unknown),
    Ordeal("held in the middle of the answer, beyond the deadline", .hold(.halfAnswered), .unknown),
    Ordeal("cut in the head", .cut(0.1), .unknown),
    Ordeal("cut before the last byte", .cut(0.99), .unknown),
    Ordeal("a byte at a time, beyond the deadline", .slow(.milliseconds(20)), .unknown),
    Ordeal("a page instead, after the commit", .instead(page, committing: true), .unknown),
    Ordeal("an empty 200, after the commit", .instead(ModelAnswer(200, ""), committing: true), .unknown),
    Ordeal("500, after the commit", .instead(ModelAnswer(500, "oops"), committing: true), .unknown),
    Ordeal(
      "502 of a proxy, before the commit", .instead(ModelAnswer(502, "oops"), committing: false), .unknown,
      rotates: false),
    Ordeal(
      "503 that says it has done nothing",
      .instead(ModelAnswer(503, #"{"error":"temporarily_unavailable"}"#), committing: false), .notProcessed,
      rotates: false),
    Ordeal(
      "429 with seconds", .instead(ModelAnswer(429, "{}", headers: [.init("Retry-After", "7")]), committing: false),
      .throttled(.seconds(7)), rotates: false),
    Ordeal(
      "429 with a date",
      .instead(
        ModelAnswer(
          429, "{}",
          headers: [
            .init("Retry-After", "Mon, 23 Nov 2026 16:00:09 GMT"), .init("Date", "Mon, 23 Nov 2026 16:00:00 GMT"),
          ]), committing: false), .throttled(.seconds(9)), rotates: false),
    Ordeal(
      "a redirect",
      .instead(ModelAnswer(307, "", headers: [.init("Location", "/elsewhere")]), committing: false), .unknown,
      rotates: false),
  ]

  init(_ name: String, _ course: Conduct.Course, _ outcome: Outcome, rotates: Bool = true) {
    testDescription = name
    self.course = course
    self.outcome = outcome
    self.rotates = rotates
  }

  /// How long whoever asks waits: not for ever where no answer will come.
  var patience: Duration {
    switch course {
    case .hold, .slow: .seconds(2)
    case .honest, .late, .cut, .drop, .instead: .minutes(5)
    }
  }

  func isRead(as outcome: RefreshOutcome) -> Bool {
    switch (self.outcome, outcome) {
    case (.granted, .granted), (.refused, .refused), (.clientRefused, .clientRefused), (.notProcessed, .unavailable),
      (.unknown, .unknown):
      true
    case (.throttled(let due), .throttled(let pause)): pause == due
    default: false
    }
  }
}

@Suite("A hostile provider over real sockets")
struct HostileProviderTests {
  @Test("K12 each thing that a provider or a network can do is read for what it may have done", arguments: Ordeal.all)
  func outcomes(_ ordeal: Ordeal) async throws {
    let world = try await HostileWorld()
    world.script.next(ordeal.course)
    var patience = ordeal.patience
    var answer = try await world.present(world.first, deadline: patience)
    // On a busy machine the deadline may pass before anything is sent.
    while case .notSent = answer, patience < .minutes(5) {
      patience *= 2
      answer = try await world.present(world.first, deadline: patience)
    }
    let outcome = world.entry.judge(answer, at: Timestamp(seconds: 1_795_449_600))
    #expect(ordeal.isRead(as: outcome), "\(outcome)")
    #expect(world.model.rotations(of: "shop") == (ordeal.rotates ? 1 : 0))
    #expect(world.server.visits.count == 1, "nothing is repeated")
    await world.server.stop()
  }

  @Test("K12 while nobody is let in, nothing is sent, and the provider has seen nothing")
  func closedDoor() async throws {
    let world = try await HostileWorld()
    try await world.server.closeDoor()
    guard case .notSent = try await world.present(world.first, deadline: .milliseconds(400)) else {
      Issue.record("something left")
      return
    }
    world.server.openDoor()
    guard case .answer = try await world.present(world.first, deadline: .minutes(5)) else {
      Issue.record("the door stayed closed")
      return
    }
    #expect(world.server.visits.count == 1)
    await world.server.stop()
  }

  @Test(
    "K13 a keeper keeps its grant through each of them, and the provider counts one rotation", arguments: Ordeal.all)
  func grantLives(_ ordeal: Ordeal) async throws {
    let world = try await HostileWorld(patience: ordeal.patience)
    try await world.connect()
    world.script.next(ordeal.course)
    try await world.refreshed()
    #expect(world.model.rotations(of: "shop") == 1)
    await world.server.stop()
  }

  @Test("K13 at a provider that forgives no repeat a lost answer ends the grant, and the row says why")
  func strict() async throws {
    let world = try await HostileWorld(ModelBehaviour(rotation: .strictFamily)) { $0.toleratesRetry = false }
    try await world.connect()
    world.script.next(.drop(committing: true))
    let loss = try await world.refused()
    guard case .answerLost = loss else {
      Issue.record("\(loss)")
      return
    }
    #expect(world.model.isRevoked("shop"))
    await world.server.stop()
  }

  @Test(
    "K6 no expires_in, no refresh_token, a clock that is ahead or behind: the grant lives",
    arguments: [
      ModelBehaviour(sendsExpiresIn: false), ModelBehaviour(rotation: .none, refreshTokens: .whenNew),
      ModelBehaviour(dateSkew: .hours(5)), ModelBehaviour(dateSkew: .hours(-5)),
    ])
  func oddAnswers(_ behaviour: ModelBehaviour) async throws {
    let world = try await HostileWorld(behaviour)
    try await world.connect()
    try await world.refreshed()
    await world.server.stop()
  }

  @Test("K7 Keap's two ways to refuse a refresh token are refusals", arguments: [ModelDialect.keap, .keapOfOld])
  func keap(_ dialect: ModelDialect) async throws {
    let world = try await HostileWorld(ModelBehaviour(dialect: dialect), entry: "keap")
    try await world.connect()
    try await world.refreshed()
    world.model.revoke("shop")
    let loss = try await world.refused()
    guard case .refused = loss else {
      Issue.record("\(loss)")
      return
    }
    await world.server.stop()
  }

  @Test("K12 a secret that was changed at the provider stops the client and ends no grant")
  func changedSecret() async throws {
    let world = try await HostileWorld()
    try await world.connect()
    world.model.setClient("id", secret: Secret("another"))
    try await world.stopped()
    #expect(try await world.row("connections")["state"] as String == "active")
    let earlier = world.server.visits.count
    try await world.addClient(secret: "another", replacing: true)
    try await world.refreshed()
    #expect(world.server.visits.count == earlier + 1)
    await world.server.stop()
  }
}
