import Foundation
import KeeperKit
import OAuth
import Store
import TestKit
import Testing

@testable import Keeper
@testable import Operator
@testable import Wire

/// Grants that another program has held.
struct TakingOverTests {
  private static let sdk =
    #"O:18:"Infusionsoft\Token":4:{s:11:"accessToken";s:6:"acc-é";s:12:"refreshToken";s:5:"ref/+";"#
    + #"s:9:"endOfLife";i:1795608000;s:9:"extraInfo";a:2:{s:10:"token_type";s:6:"bearer";"#
    + #"s:5:"scope";s:27:"full|xx123.infusionsoft.com";}}"#

  private static func text(_ access: String = "acc-1") -> String {
    sdk.replacing(#"s:6:"acc-é""#, with: #"s:\#(access.utf8.count):"\#(access)""#)
  }

  @Test(
    "tokens are read as the PHP SDK, keap-python and a token endpoint write them",
    arguments: [
      ("the SDK's", text()),
      ("serialised twice", #"s:\#(text().utf8.count):"\#(text())";"#),
      ("with a mark at its beginning", "\u{FEFF}" + text()),
      ("with a backslash lost in a database", text().replacing(#"soft\Token"#, with: "softToken")),
      (
        "of a version with protected members",
        text().replacing(#"s:11:"accessToken""#, with: "s:14:\"\0*\0accessToken\"")
      ),
      (
        "keap-python's",
        #"{"shop": {"access_token": "acc-1", "refresh_token": "ref/+", "expires_in": 86400, "end_of_life": 1795608000, "#
          + #""scope": "full|xx123.infusionsoft.com"}}"#
      ),
      (
        "an answer with a time",
        #"{"access_token":"acc-1","refresh_token":"ref/+","expires_at":1795608000,"scope":"full|xx123.infusionsoft.com"}"#
      ),
    ])
  func formats(_ what: String, _ text: String) throws {
    let tokens = try KeptTokens(text: text)
    #expect(
      tokens
        == KeptTokens(
          access: Secret("acc-1"), refresh: Secret("ref/+"), endsAt: Timestamp(milliseconds: 1_795_608_000_000),
          scope: "full|xx123.infusionsoft.com"), "\(what)")
  }

  @Test("laravel-keap's tokens are read from the folder of the file cache")
  func laravel() throws {
    let folder = try TemporaryFolder()
    #expect(throws: KeeperError.self) { try KeptTokens(at: folder.path, app: nil) }
    // SHA-1 of the two keys, as Laravel's file cache names its files.
    for (hash, value) in [
      ("58c046f6c13dd0c5c64d33e76d6c9fc2747d6f25", "acc-1"), ("bb5cf10580866339e9f3e48177cc6ba94971c5d8", "ref/+"),
    ] {
      let parent = "\(folder.path)/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))"
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      try "1795608000s:5:\"\(value)\";".write(toFile: parent + "/" + hash, atomically: true, encoding: .utf8)
    }
    let tokens = try KeptTokens(at: folder.path, app: nil)
    #expect(tokens.access == Secret("acc-1") && tokens.refresh == Secret("ref/+"))
    #expect(tokens.endsAt == Timestamp(milliseconds: 1_795_608_000_000))
  }

  @Test("what is cut anywhere is refused with the place, and never in part")
  func cut() throws {
    let whole = Self.text()
    for length in 0..<whole.utf8.count {
      let part = String(decoding: Array(whole.utf8.prefix(length)), as: UTF8.self)
      do {
        _ = try KeptTokens(text: part)
        Issue.record("\(length) bytes were taken for a whole")
      } catch let error as KeeperError {
        #expect(!"\(error)".contains("acc-1") && !"\(error)".contains("ref/+"))
        if length > 2 { #expect("\(error)".contains("at byte"), "\(length): \(error)") }
      }
    }
  }

  @Test(
    "what holds no pair of tokens is refused in a sentence that says why",
    arguments: [
      ("", "it is empty"), ("no tokens", "neither JSON"), ("[1]", "there are no tokens"),
      (#"{"a": 1}"#, "there are no tokens"), (#"{"access_token": "a""#, "begins as JSON and is not whole"),
      (#"s:8:"nonsense";"#, "neither JSON"), (#""a text""#, "neither JSON"),
      (#"{"access_token": "a"}"#, "no refresh token"),
      (#"{"access_token": "", "refresh_token": "r"}"#, "no access token"),
      (#"{"access_token": "a", "refresh_token": null}"#, "no refresh token"),
      (#"{"access_token": "a b", "refresh_token": "r"}"#, "damaged"), (text("acc\u{0}1"), "damaged"),
      (
        #"{"a": {"access_token": "a", "refresh_token": "r"}, "b": {"access_token": "a", "refresh_token": "r"}}"#,
        "a, b: say which with --entry"
      ), (#"a:1:{s:9223372036854775807:""#, "ends too early"), (sdk, "damaged"), (text() + "x", "something follows"),
      ("O:99999999999999999999", "ends too early"),
      (#"a:1:{s:99999:"x";N;}"#, "ends too early"), (#"a:5000:{}"#, "a count is expected"),
      (String(repeating: "a:1:{i:0;", count: 40), "too deep"), (#"O:8:"DateTime":1:{i:0;R:1;}"#, "a value is expected"),
    ])
  func refused(_ text: String, _ words: String) throws {
    do {
      _ = try KeptTokens(text: text)
      Issue.record("it was taken")
    } catch let error as KeeperError { #expect("\(error)".contains(words), "\(error)") }
  }

  private func takeOver(
    _ world: KeeperWorld, _ keeper: Keeper, endsAt: Timestamp?, scope: String? = "full|acme.example"
  ) async throws -> RefreshReport {
    try await keeper.desk.addClient(
      "app", provider: world.entry.name, baseURL: "http://127.0.0.1:9", clientID: "id", secret: Secret("s3cr3t+/="),
      redirectURI: "http://127.0.0.1/callback", replacing: false)
    try await keeper.start()
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await keeper.fly() }
      defer { keeper.close() }
      return try await keeper.desk.takeOver(
        KeptTokens(access: Secret("acc-1"), refresh: Secret("ref/+"), endsAt: endsAt, scope: scope), as: "shop",
        client: "app")
    }
  }

  @Test("a grant is taken over by one refresh with its token, after which the keeper alone holds it")
  func taken() async throws {
    let world = try await KeeperWorld()
    let keeper = world.keeper(upstream: Approver())
    let report = try await takeOver(world, keeper, endsAt: world.time.now + .hours(2))
    guard case .refreshed(let status) = report else { throw StoreError.unreadable("\(report)") }
    #expect(status.state == .ok && status.approver == "ann@example.org" && status.tenant == "acme.example")
    #expect(world.provider.presented == ["ref/+"])
    #expect(try await world.storedRefreshToken() != "ref/+")
    let history = try await keeper.desk.history(of: "shop")
    #expect(history.chapters.first?.sentence.contains("Taken over from another program") == true)
  }

  @Test("who approved is asked with the new token where the old one has ended")
  func ended() async throws {
    let world = try await KeeperWorld()
    let report = try await takeOver(world, world.keeper(upstream: Approver()), endsAt: nil, scope: nil)
    guard case .refreshed(let status) = report else { throw StoreError.unreadable("\(report)") }
    #expect(status.approver == "ann@example.org")
  }

  @Test("K14: tokens that were spent already are told of as another program's doing, and a person is needed")
  func spent() async throws {
    let world = try await KeeperWorld()
    world.provider.next(.refusal)
    let report = try await takeOver(world, world.keeper(upstream: Approver()), endsAt: world.time.now + .hours(2))
    guard case .notRefreshed(let status, let words) = report else { throw StoreError.unreadable("\(report)") }
    #expect(status.state == .needsApproval && status.mustAct)
    #expect(words.contains("another program holds this grant"), "\(words)")
  }

  @Test("an entry that is named is the one that is taken, and no other")
  func entry() throws {
    let folder = try TemporaryFolder()
    let text = #"{"shop": {"access_token": "a", "refresh_token": "r"}}"#
    try text.write(toFile: folder.file("tokens"), atomically: true, encoding: .utf8)
    #expect(try KeptTokens(at: folder.file("tokens"), app: "shop").refresh == Secret("r"))
    #expect(throws: KeeperError.self) { try KeptTokens(at: folder.file("tokens"), app: "office") }
  }

  @Test(
    "a date in another unit, or for ever, is no date: nothing is served by it and nothing overflows",
    arguments: [1_795_608_000_000, 1_795_608_000_000_000, 9_999_999_999, 9_223_372_036_854_775])
  func wrongUnit(_ seconds: Int64) async throws {
    let world = try await KeeperWorld()
    world.provider.next(.notSent("refused"))
    let report = try await takeOver(world, world.keeper(), endsAt: Timestamp(milliseconds: seconds * 1000))
    guard case .notRefreshed(let status, _) = report else { throw StoreError.unreadable("\(report)") }
    #expect(!status.isServed)
    let later = world.keeper("p2")
    try await later.start()
    #expect(later.snapshot["shop"]?.dueAt != nil)
  }

  @Test("a take-over that was broken off goes on under its name, and under no other")
  func brokenOff() async throws {
    let world = try await KeeperWorld()
    world.provider.next(.notSent("refused"))
    let first = try await takeOver(world, world.keeper(), endsAt: nil)
    guard case .notRefreshed = first else { throw StoreError.unreadable("\(first)") }
    let tokens = KeptTokens(access: Secret("acc-1"), refresh: Secret("ref/+"), scope: "full|acme.example")
    let keeper = world.keeper("p2", upstream: Approver())
    try await keeper.start()
    try await flying(keeper) {
      await expect("those of the connection shop already") {
        _ = try await keeper.desk.takeOver(tokens, as: "office", client: "app")
      }
      world.time.advance(by: .minutes(5))
      guard case .refreshed(let status) = try await keeper.desk.takeOver(tokens, as: "shop", client: "app") else {
        throw StoreError.unreadable("it does not go on")
      }
      #expect(status.approver == "ann@example.org")
      // Once more: the tokens are spent here, so nothing is presented.
      let requests = world.provider.requests.count
      guard case .refreshed = try await keeper.desk.takeOver(tokens, as: "shop", client: "app") else {
        throw StoreError.unreadable("it is not known any more")
      }
      #expect(world.provider.requests.count == requests)
      let others = KeptTokens(access: Secret("acc-9"), refresh: Secret("ref-9"))
      await expect("shop holds a grant") { _ = try await keeper.desk.takeOver(others, as: "shop", client: "app") }
    }
    #expect(world.provider.presented == ["ref/+", "ref/+"])
  }

  private func expect(_ words: String, of act: () async throws -> Void) async {
    do {
      try await act()
      Issue.record("it was not refused")
    } catch { #expect("\(error)".contains(words), "\(error)") }
  }

  @Test("K7: a refusal of tokens that were taken over blames the client where the provider may mean that")
  func unproven() async throws {
    let world = try await KeeperWorld { entry in
      entry.answers = [
        .init(status: 400, error: "invalid_request", description: "refresh token", means: .refused, ambiguous: true)
      ]
    }
    world.provider.next(.body(400, #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#))
    let report = try await takeOver(world, world.keeper(), endsAt: nil)
    guard case .notRefreshed(let status, let words) = report else { throw StoreError.unreadable("\(report)") }
    #expect(status.state == .trouble && words.contains("wrong client secret"), "\(words)")
  }

  private struct Approver: Upstream {
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
      UpstreamResponse(status: 200, body: Array(#"{"email":"ann@example.org"}"#.utf8))
    }
  }
}
