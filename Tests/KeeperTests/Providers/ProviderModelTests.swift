import Foundation
import OAuth
import TestKit
import Testing
import Wire

/// The model of a token endpoint behaves as it is told; what stands on it is worth no more than it is.
struct ProviderModelTests {
  private static let start = Timestamp(seconds: 1_795_449_600)

  /// A model with the client `id` and the grant `shop`, and the tokens that its approval gave.
  private struct Bench {
    let model: ModelProvider
    let first: (access: Secret, refresh: Secret?)

    init(_ behaviour: ModelBehaviour = ModelBehaviour()) {
      model = ModelProvider(behaviour, random: .seeded(3))
      model.setClient("id", secret: Secret("s3cr3t+/="))
      first = model.grant("shop", client: "id", at: start)
    }

    /// Refreshes with the body as the client's proof, and answers at once.
    @discardableResult
    func refresh(_ token: Secret?, after: Duration = .seconds(1)) throws -> (ModelLogEntry.Outcome, TokenResponse?) {
      var fields = TokenRequest(.refreshToken(try #require(token), scope: nil, notAfter: nil)).fields
      let header = ClientAuthentication.body(clientID: "id", secret: Secret("s3cr3t+/=")).apply(to: &fields)
      let committed = model.commit(ModelRequest(fields: fields, authorization: header), at: start + after)
      let answer = model.answer(committed, at: start + after)
      let tokens =
        answer.status == 200 ? try JSONDecoder().decode(TokenResponse.self, from: Data(answer.body.utf8)) : nil
      return (committed.outcome, tokens)
    }
  }

  @Test("without rotation the refresh token stays, and only the first answer carries it")
  func none() throws {
    let bench = Bench(ModelBehaviour(rotation: .none, refreshTokens: .whenNew))
    for _ in 1...3 {
      let (outcome, tokens) = try bench.refresh(bench.first.refresh)
      #expect(outcome == .renewed && tokens?.refreshToken == nil)
      #expect(bench.model.isLive(try #require(tokens?.accessToken), at: Self.start + .seconds(2)))
    }
    #expect(bench.model.rotations(of: "shop") == 0 && bench.model.newestRefreshToken(of: "shop") == bench.first.refresh)
    bench.model.behaviour.refreshTokens = .always
    #expect(try bench.refresh(bench.first.refresh).1?.refreshToken == bench.first.refresh)
  }

  @Test("strict: each refresh token works once, and a replay leaves the grant alive")
  func strict() throws {
    let bench = Bench()
    let second = try bench.refresh(bench.first.refresh).1?.refreshToken
    #expect(try bench.refresh(bench.first.refresh).0 == .refused(.invalidRefreshToken))
    #expect(!bench.model.isRevoked("shop") && bench.model.newestRefreshToken(of: "shop") == second)
    #expect(try bench.refresh(second).0 == .rotated)
    #expect(bench.model.rotations(of: "shop") == 2 && bench.model.generation(of: "shop") == 3)
  }

  @Test("strict with families: a replay ends the grant, its newest token and its access tokens")
  func strictFamily() throws {
    let bench = Bench(ModelBehaviour(rotation: .strictFamily))
    let second = try bench.refresh(bench.first.refresh).1
    #expect(try bench.refresh(bench.first.refresh).0 == .revokedFamily)
    #expect(bench.model.isRevoked("shop") && bench.model.newestRefreshToken(of: "shop") == nil)
    #expect(try bench.refresh(second?.refreshToken).0 == .refused(.invalidRefreshToken))
    #expect(!bench.model.isLive(try #require(second?.accessToken), at: Self.start + .seconds(2)))
  }

  @Test("tolerant until use: the predecessor gets the same successor until that is presented or its access token used")
  func tolerantUntilUsed() throws {
    let bench = Bench(ModelBehaviour(rotation: .tolerant(.untilSuccessorIsUsed)))
    let second = try bench.refresh(bench.first.refresh).1
    let again = try bench.refresh(bench.first.refresh, after: .days(30))
    #expect(again.0 == .repeated && again.1?.refreshToken == second?.refreshToken)
    #expect(bench.model.rotations(of: "shop") == 1)
    let access = try #require(again.1?.accessToken)
    #expect(bench.model.isLive(access, at: Self.start + .days(30)), "asking is not using")
    #expect(try bench.refresh(bench.first.refresh, after: .days(30)).0 == .repeated)
    #expect(bench.model.use(access, at: Self.start + .days(30)))
    #expect(try bench.refresh(bench.first.refresh, after: .days(30)).0 == .refused(.invalidRefreshToken))
    let third = try bench.refresh(second?.refreshToken, after: .days(30)).1
    #expect(
      try bench.refresh(second?.refreshToken, after: .days(31)).0 == .repeated, "the newer rotation is forgiven too")
    try bench.refresh(third?.refreshToken, after: .days(31))
    #expect(try bench.refresh(second?.refreshToken, after: .days(31)).0 == .refused(.invalidRefreshToken))
  }

  @Test("tolerant for a grace: the clock decides, not the use")
  func tolerantForGrace() throws {
    let bench = Bench(ModelBehaviour(rotation: .tolerant(.grace(.minutes(30)))))
    let second = try bench.refresh(bench.first.refresh, after: .zero).1
    #expect(bench.model.use(try #require(second?.accessToken), at: Self.start))
    #expect(try bench.refresh(bench.first.refresh, after: .minutes(30)).1?.refreshToken == second?.refreshToken)
    #expect(
      try bench.refresh(bench.first.refresh, after: .minutes(31)).0 == .refused(.invalidRefreshToken))
  }

  @Test("what was committed stays committed when its answer is never sent")
  func commitWithoutAnswer() throws {
    let bench = Bench()
    let fields = FormFields([
      ("grant_type", "refresh_token"), ("refresh_token", try #require(bench.first.refresh).exposed),
      ("client_id", "id"), ("client_secret", "s3cr3t+/="),
    ])
    let lost = bench.model.commit(ModelRequest(fields: fields, authorization: nil), at: Self.start + .seconds(1))
    #expect(lost.hasIssued && bench.model.rotations(of: "shop") == 1)
    try bench.refresh(bench.first.refresh, after: .seconds(2))
    let log = bench.model.log
    #expect(
      log.map(\.outcome) == [.rotated, .refused(.invalidRefreshToken)]
        && log.map(\.presented) == [1, 1] && log.map(\.issued) == [2, nil] && log.map(\.grant) == ["shop", "shop"])
    #expect(log.map(\.answeredAt) == [nil, Self.start + .seconds(2)])
  }

  @Test(
    "only the accepted ways of proving the client are accepted, letter for letter",
    arguments: [ModelBehaviour.Authentication.basic, .basicRaw, .body])
  func authentication(_ accepted: ModelBehaviour.Authentication) {
    let bench = Bench(ModelBehaviour(rotation: .none, accepts: [accepted]))
    let secret = Secret("s3cr3t+/=")
    let ways: [(ModelBehaviour.Authentication, ClientAuthentication)] = [
      (.basic, .basic(clientID: "id", secret: secret)), (.basicRaw, .basicRaw(clientID: "id", secret: secret)),
      (.body, .body(clientID: "id", secret: secret)),
    ]
    for (way, authentication) in ways {
      var fields = FormFields([("grant_type", "refresh_token")])
      fields.append("refresh_token", bench.first.refresh?.exposed)
      let header = authentication.apply(to: &fields)
      let committed = bench.model.commit(ModelRequest(fields: fields, authorization: header), at: Self.start)
      #expect(committed.outcome == (way == accepted ? .renewed : .refused(.wrongClient)))
      #expect(bench.model.log.last?.authentication == (way == accepted ? way : nil))
    }
  }

  @Test("a changed secret, a foreign client and a broken form are told apart")
  func refusals() throws {
    let bench = Bench()
    bench.model.setClient("other", secret: Secret("o"))
    let token = try #require(bench.first.refresh).exposed
    let body = "grant_type=refresh_token&refresh_token=\(token)&client_id="
    func outcome(_ text: String) -> ModelLogEntry.Outcome {
      bench.model.commit(ModelRequest(body: text, authorization: nil), at: Self.start).outcome
    }
    #expect(outcome(body + "other&client_secret=o") == .refused(.invalidRefreshToken), "another client's token")
    #expect(outcome(body + "id") == .refused(.wrongClient))
    #expect(outcome(body + "id&client_secret=a&client_secret=b") == .refused(.malformed))
    #expect(outcome("%zz") == .refused(.malformed))
    #expect(outcome("client_id=other&client_secret=o") == .refused(.malformed), "no grant_type")
    bench.model.setClient("id", secret: Secret("new"))
    #expect(outcome(body + "id&client_secret=s3cr3t%2B%2F%3D") == .refused(.wrongClient))
    #expect(bench.model.rotations(of: "shop") == 0)
    #expect(outcome(body + "id&client_secret=new") == .rotated)
  }

  @Test("an approval's code works once, for its redirect URI and verifier")
  func codes() throws {
    let bench = Bench()
    let verifier = PKCE.Verifier(randomBytes: Array(repeating: 7, count: 32))
    func redeem(_ code: Secret, _ redirectURI: String = "https://a.example/c", _ proof: PKCE.Verifier?) -> ModelAnswer {
      var fields = TokenRequest(.authorizationCode(code, redirectURI: redirectURI, verifier: proof)).fields
      let header = ClientAuthentication.basic(clientID: "id", secret: Secret("s3cr3t+/=")).apply(to: &fields)
      let committed = bench.model.commit(ModelRequest(fields: fields, authorization: header), at: Self.start)
      return bench.model.answer(committed, at: Self.start)
    }
    func code() -> Secret {
      bench.model.approve("new", client: "id", redirectURI: "https://a.example/c", challenge: verifier.challenge)
    }
    #expect(redeem(code(), "https://b.example/c", verifier).status == 400)
    #expect(redeem(code(), "https://a.example/c", nil).status == 400)
    let good = code()
    #expect(redeem(good, "https://a.example/c", verifier).status == 200)
    #expect(redeem(good, "https://a.example/c", verifier).status == 400, "a second time")
    #expect(bench.model.generation(of: "new") == 1)
  }

  @Test(
    "a grant that was revoked, or approved anew under its name, is over; so is a refresh token left unused too long")
  func endings() throws {
    let bench = Bench(ModelBehaviour(rotation: .none, refreshWindow: .days(45)))
    try bench.refresh(bench.first.refresh, after: .days(45))
    #expect(try bench.refresh(bench.first.refresh, after: .days(90)).0 == .renewed, "each use begins the window anew")
    #expect(try bench.refresh(bench.first.refresh, after: .days(136)).0 == .refused(.invalidRefreshToken))
    let anew = bench.model.grant("shop", client: "id", at: Self.start)
    #expect(try bench.refresh(bench.first.refresh).0 == .refused(.invalidRefreshToken))
    #expect(!bench.model.isLive(bench.first.access, at: Self.start) && bench.model.isLive(anew.access, at: Self.start))
    bench.model.revoke("shop")
    #expect(try bench.refresh(anew.refresh).0 == .refused(.invalidRefreshToken))
    #expect(!bench.model.isLive(anew.access, at: Self.start) && bench.model.isRevoked("shop"))
  }

  @Test("an endpoint that throttles or is down does nothing, says so in its dialect, and its Date may be wrong")
  func faults() throws {
    let bench = Bench(ModelBehaviour(sendsExpiresIn: false, dialect: .keap, dateSkew: .hours(-2)))
    let request = ModelRequest(body: "", authorization: nil)
    for (fault, status) in [(ModelFault.throttled, 429), (.down, 502)] {
      bench.model.setFault(fault)
      let answer = bench.model.answer(bench.model.commit(request, at: Self.start), at: Self.start)
      #expect(answer.status == status && answer[header: "date"] == "Mon, 23 Nov 2026 14:00:00 GMT")
    }
    bench.model.setFault(nil)
    #expect(bench.model.rotations(of: "shop") == 0)
    let tokens = try bench.refresh(bench.first.refresh).1
    #expect(tokens?.expiresIn == nil)
    let access = try #require(tokens?.accessToken)
    #expect(bench.model.isLive(access, at: Self.start + .hours(24)))
    #expect(!bench.model.isLive(access, at: Self.start + .hours(25)))
    #expect(ModelDialect.keap[.invalidRefreshToken].body.contains("invalid_request"))
    #expect(ModelDialect.keapOfOld[.invalidRefreshToken].body.contains("invalid_grant"))
    #expect(ModelDialect.keapBlamingTheToken[.wrongClient] == ModelDialect.keap[.invalidRefreshToken])
  }

  @Test("where a refresh ends the access tokens before it, only the newest lives; where tokens have no end, they live")
  func accessTokens() throws {
    let bench = Bench(ModelBehaviour(accessLifetime: nil, refreshEndsAccessTokens: true))
    #expect(bench.model.isLive(bench.first.access, at: Self.start + .days(5000)))
    let second = try bench.refresh(bench.first.refresh).1
    #expect(!bench.model.isLive(bench.first.access, at: Self.start + .seconds(1)))
    #expect(bench.model.isLive(try #require(second?.accessToken), at: Self.start + .days(5000)))
    #expect(Bench(ModelBehaviour(refreshTokens: .never)).first.refresh == nil)
  }
}
