import KeeperKit
import OAuth
import Operator
import TestKit
import Testing

@testable import Keeper
@testable import Wire

/// Each provider's entry, driven against a model that behaves as its documents say.
struct ProviderEntriesTests {
  @Test("every entry is expected here, loads, and has nothing but https addresses, a lifetime and a window")
  func load() throws {
    let entries = try ProviderCatalogue.builtIn().entries
    #expect(entries.keys.sorted() == ProviderCase.all.map(\.name).sorted())
    for (name, entry) in entries {
      #expect(name == entry.name && !entry.title.isEmpty)
      let base = entry.base?.usual ?? ProviderCase.all.first { $0.name == name }?.base
      let provider = try #require(entry.at(base: name == "evergrant" ? "https://id.example.org" : base))
      let endpoints = [provider.authorizationEndpoint, provider.tokenEndpoint, provider.revocationEndpoint]
      for address in endpoints.compactMap(\.self) + [provider.apiOrigin] {
        #expect(address.hasPrefix("https://") && !address.contains("{"), "\(name): \(address)")
      }
      #expect(provider.unusableEndpoint == nil && provider.route(for: nil) != nil, "\(name)")
      #expect(provider.userinfo.map { $0.hasPrefix("/") } ?? true)
      #expect((600...315_360_000).contains(entry.defaultLifetimeSeconds), "\(name)")
      #expect((30...3650).contains(entry.refreshWindowDays), "\(name)")
      #expect(entry.refreshWindowDays * 86_400 >= min(entry.defaultLifetimeSeconds, 86_400), "\(name)")
      #expect(entry.endsAccessTokens == ["evergrant", "github"].contains(name))
      #expect(
        entry.answers.contains { $0.means == .clientRefused } && entry.answers.contains { $0.means == .throttled })
      #expect(entry.answers.filter { $0.ambiguous != nil }.allSatisfy { $0.means == .refused }, "\(name)")
    }
  }

  @Test(
    "K12: a refresh lands, and the client proves itself as this provider wants it", arguments: ProviderCase.refreshing)
  func refresh(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    for generation in 2...3 {
      let access = try #require(try await stage.refresh().text)
      #expect(access != stage.first.access.exposed && stage.model.isLive(Secret(access), at: stage.world.time.now))
      #expect(try await stage.world.row().generation == Int64(generation))
      #expect(try await stage.world.storedRefreshToken() == stage.model.newestRefreshToken(of: "shop")?.exposed)
      let outcome: ModelLogEntry.Outcome = entry.behaviour.rotation == .none ? .renewed : .rotated
      #expect(stage.model.log.last?.outcome == outcome && stage.model.log.last?.authentication == entry.refresh)
      stage.world.time.advance(by: .minutes(20))
    }
    #expect(stage.world.provider.requests.map(\.url) == [entry.token, entry.token])
  }

  @Test("K7: a grant that ended there needs a person here, at once and once", arguments: ProviderCase.refreshing)
  func revoked(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.model.revoke("shop")
    guard case .failure(.needsApproval) = try await stage.refresh() else {
      throw KeeperError.refused("\(entry.name): its refusal was not understood")
    }
    #expect(try await stage.world.row().state == .needsApproval)
    _ = try await stage.refresh()
    #expect(stage.model.log.map(\.outcome) == [.refused(.invalidRefreshToken)])
  }

  @Test("K12: a wrong secret stops the client and ends no grant", arguments: ProviderCase.refreshing)
  func wrongSecret(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.model.setClient("id", secret: Secret("changed"))
    #expect(try await stage.refresh().text == stage.first.access.exposed, "the live token serves on")
    try await stage.expectUnchanged()
    #expect(try await stage.world.keeper().desk.client("app").stopped != nil)
    _ = try await stage.refresh()
    #expect(stage.model.log.map(\.outcome) == [.refused(.wrongClient)])
  }

  @Test(
    "K12: a throttle and an outage change nothing, and the refresh lands when they are over",
    arguments: ProviderCase.refreshing, [ModelFault.throttled, .down])
  func troubles(_ entry: ProviderCase, _ fault: ModelFault) async throws {
    let stage = try await ProviderStage(entry)
    stage.model.setFault(fault)
    #expect(try await stage.refresh().text == stage.first.access.exposed)
    try await stage.expectUnchanged()
    #expect(try await stage.world.keeper().desk.client("app").stopped == nil)
    _ = try await stage.refresh()
    #expect(stage.model.log.count == 1, "it is not asked again at once")
    #expect((try await stage.world.row().intent == nil) == (fault == .throttled), "only an outage leaves a doubt")
    stage.model.setFault(nil)
    try await stage.outliveAccessToken()
    let access = try #require(try await stage.refresh().text)
    #expect(stage.model.isLive(Secret(access), at: stage.world.time.now) && !stage.model.isRevoked("shop"))
  }

  @Test(
    "K13: a lost answer is asked for again as soon as the lease has ended where the provider forgives that",
    arguments: ProviderCase.refreshing.filter(\.mayRepeat))
  func lostAndForgiven(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.wire.loseNextAnswer()
    #expect(try await stage.refresh().text == stage.first.access.exposed)
    stage.world.time.advance(by: .seconds(90))
    _ = try await stage.refresh()
    #expect(stage.world.provider.requests.count == 1, "not before the lease has ended")
    stage.world.time.advance(by: .seconds(91))
    let access = try #require(try await stage.refresh().text)
    #expect(stage.world.provider.presented == [stage.first.refresh?.exposed, stage.first.refresh?.exposed])
    #expect(stage.model.isLive(Secret(access), at: stage.world.time.now) && !stage.model.isRevoked("shop"))
    #expect(try await stage.world.storedRefreshToken() == stage.model.newestRefreshToken(of: "shop")?.exposed)
  }

  @Test(
    "K13: where nobody says that a second presentation is harmless, the access token is used up before it",
    arguments: ProviderCase.refreshing.filter { !$0.mayRepeat })
  func lostForGood(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.wire.loseNextAnswer()
    _ = try await stage.refresh()
    stage.world.time.advance(by: .seconds(600))
    #expect(try await stage.refresh().text == stage.first.access.exposed)
    #expect(stage.world.provider.requests.count == 1)
    try await stage.outliveAccessToken()
    let last = try await stage.refresh()
    #expect(stage.world.provider.requests.count == 2)
    if entry.behaviour.rotation == .none {
      #expect(last.text != nil)
    } else {
      guard case .failure(.needsApproval(let words)) = last else { throw KeeperError.refused("not refused") }
      #expect(words.contains("lost"), "the diagnosis names the lost answer")
    }
  }

  @Test("K6: an answer without a refresh token keeps the old one", arguments: ProviderCase.refreshing)
  func keepsOld(_ entry: ProviderCase) async throws {
    let stage = try await ProviderStage(entry)
    stage.model.behaviour.rotation = .none
    stage.model.behaviour.refreshTokens = .whenNew
    let access = try await stage.refresh().text
    #expect(access != stage.first.access.exposed && stage.model.log.map(\.outcome) == [.renewed])
    #expect(try await stage.world.storedRefreshToken() == stage.first.refresh?.exposed)
  }

  @Test("K6: a 200 that carries an error is no token answer, whatever else it carries", arguments: ProviderCase.all)
  func errorWith200(_ entry: ProviderCase) async throws {
    let provider = try #require(try ProviderCatalogue.builtIn().entries[entry.name])
    let tokens = #""access_token":"a2","refresh_token":"r2","expires_in":3600"#
    for error in [
      #""error":"temporary""#, #""ok":false"#, #""error":{"code":7}"#, #""error":"invalid_grant","ok":true"#,
    ] {
      let answer = TokenEndpointAnswer.body(200, "{\(error),\(tokens)}")
      if case .granted = provider.judge(answer, at: Timestamp(seconds: 0)) { Issue.record("granted: \(error)") }
    }
    for harmless in [#""error":null"#, #""error":"""#, #""ok":true"#, #""error":false"#] {
      let answer = TokenEndpointAnswer.body(200, "{\(harmless),\(tokens)}")
      guard case .granted = provider.judge(answer, at: Timestamp(seconds: 0)) else {
        Issue.record("not granted: \(harmless)")
        continue
      }
    }
  }

  @Test("K7: what resembles a refusal and is none ends no grant")
  func resemblances() throws {
    let entries = try ProviderCatalogue.builtIn().entries
    func judge(_ name: String, _ status: Int, _ members: String) throws -> RefreshOutcome {
      try #require(entries[name]).judge(.body(status, "{\(members)}"), at: Timestamp(seconds: 0))
    }
    func isUnknown(_ outcome: RefreshOutcome) -> Bool { if case .unknown = outcome { true } else { false } }
    #expect(
      isUnknown(try judge("salesforce", 400, #""error":"invalid_grant","error_description":"authentication failure""#)))
    #expect(isUnknown(try judge("salesforce", 400, #""error":"invalid_grant","error_description":"inactive user""#)))
    #expect(isUnknown(try judge("slack", 200, #""ok":false,"error":"fatal_error""#)))
    #expect(isUnknown(try judge("slack", 200, #""ok":false"#)))
    #expect(isUnknown(try judge("github", 200, #""error":"bad_verification_code""#)))
    #expect(isUnknown(try judge("zoho", 200, #""error":"general_error""#)))
    #expect(isUnknown(try judge("hubspot", 400, #""status":"error","message":"BAD_REFRESH_TOKEN""#)))
    let policy = #""error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by policies.""#
    #expect(try judge("microsoft", 400, policy) == .unavailable("400 invalid_grant"))
    #expect(try judge("zoho", 400, #""error":"Access Denied""#) == .throttled(after: nil))
    #expect(
      try judge("keap", 401, #""ErrorCode":"invalid_client","Error":"ClientId is Invalid""#)
        == .clientRefused("401 invalid_client"))
  }
}
