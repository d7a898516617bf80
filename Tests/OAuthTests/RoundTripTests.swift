import Foundation
import TestKit
import Testing

@testable import OAuth
@testable import Wire

/// What is built is parsed back to the same value, whatever letters it holds.
struct RoundTripTests {
  /// Texts with everything that has broken a form encoding.
  static func text(_ random: inout SeededGenerator, most: Int = 24) -> String {
    let letters = Array("aZ09-._~+/=&?#% \"'\\|<>éß漢😀\u{7f}")
    return String(
      (0..<Int.random(in: 1...most, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
  }

  static func ascii(_ random: inout SeededGenerator, count: Int) -> String {
    let letters = Array("abcXYZ019-._~")
    return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
  }

  @Test("form fields come back as they went, in their order", arguments: 0..<200)
  func forms(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pairs = (0..<Int.random(in: 0...6, using: &random)).map { _ in
      (name: Self.text(&random), value: Self.text(&random))
    }
    let fields = FormFields(pairs)
    #expect(FormFields(parsing: fields.encoded) == fields)
  }

  @Test("an authorization request is parsed from what it builds", arguments: 0..<200)
  func authorizationRequests(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let verifier = try #require(PKCE.Verifier(Self.ascii(&random, count: Int.random(in: 43...128, using: &random))))
    let request = AuthorizationRequest(
      clientID: Self.text(&random), redirectURI: Self.text(&random),
      scope: Scope(Bool.random(using: &random) ? ["full", "read"] : []),
      state: Bool.random(using: &random) ? Self.text(&random) : nil,
      challenge: Bool.random(using: &random) ? verifier.challenge : nil)
    let wire = try #require(FormFields(parsing: request.fields.encoded))
    #expect(try AuthorizationRequest(fields: wire) == request)
  }

  @Test("an authorization response is parsed from the location it builds", arguments: 0..<200)
  func authorizationResponses(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let outcome: AuthorizationResponse.Outcome =
      Bool.random(using: &random)
      ? .code(Secret(Self.text(&random))) : .error(OAuthError(.accessDenied, Self.text(&random)))
    let response = AuthorizationResponse(
      outcome, state: Self.text(&random), issuer: "https://issuer.example", scope: "full|a.b")
    for uri in ["https://app.example/cb", "https://app.example/cb?kept=1"] {
      let location = response.location(at: uri)
      #expect(location.hasPrefix(uri))
      let query = try #require(location.split(separator: "?", maxSplits: 1).last)
      var fields = try #require(FormFields(parsing: query))
      fields.pairs.removeAll { $0.name == "kept" }
      #expect(AuthorizationResponse(fields: fields) == response)
    }
  }

  @Test("a token request is parsed from what it builds", arguments: 0..<200)
  func tokenRequests(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let verifier = PKCE.Verifier(Self.ascii(&random, count: 43))
    let requests = [
      TokenRequest(
        .authorizationCode(Secret(Self.text(&random)), redirectURI: Self.text(&random), verifier: verifier)),
      TokenRequest(.refreshToken(Secret(Self.text(&random)), scope: Scope(["full"]), notAfter: 1_795_449_600)),
      TokenRequest(.refreshToken(Secret(Self.text(&random)), scope: nil, notAfter: nil)),
    ]
    for request in requests {
      #expect(try TokenRequest(fields: try #require(FormFields(parsing: request.fields.encoded))) == request)
    }
  }

  @Test("token responses and errors are decoded from what they encode", arguments: 0..<100)
  func responses(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let response = TokenResponse(
      accessToken: Secret(Self.text(&random)), expiresIn: Bool.random(using: &random) ? 86_400 : nil,
      refreshToken: Bool.random(using: &random) ? Secret(Self.text(&random)) : nil, refreshTokenExpiresIn: 5,
      scope: "full", tenant: Bool.random(using: &random) ? Self.text(&random) : nil)
    #expect(try JSONDecoder().decode(TokenResponse.self, from: JSONEncoder().encode(response)) == response)
    let error = OAuthError(.invalidGrant, Self.text(&random))
    #expect(try JSONDecoder().decode(OAuthError.self, from: JSONEncoder().encode(error)) == error)
  }

  @Test("a client is recognised however it authenticates, with any letters in its secret", arguments: 0..<200)
  func clientAuthentication(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let id = Self.ascii(&random, count: 20), secret = Secret(Self.text(&random))
    for method: ClientAuthentication in [
      .basicRaw(clientID: id, secret: secret), .basic(clientID: id, secret: secret),
      .body(clientID: id, secret: secret),
    ] {
      var fields = FormFields()
      let header = method.apply(to: &fields)
      let presented = try PresentedClient(
        authorization: header?.exposed, fields: try #require(FormFields(parsing: fields.encoded)))
      #expect(presented.clientID == id)
      #expect(presented.secrets.contains(secret))
    }
  }

  @Test("a challenge of a protected resource is parsed from what it builds")
  func challenges() {
    let challenge = BearerChallenge(error: "invalid_token", description: "it ended", scope: "full")
    #expect(BearerChallenge(headerValue: challenge.headerValue) == challenge)
    #expect(BearerChallenge(headerValue: BearerChallenge().headerValue) == BearerChallenge())
    for other in ["Basic realm=\"x\"", "Bearers error=\"x\"", "", " "] {
      #expect(BearerChallenge(headerValue: other) == nil, "\(other)")
    }
    #expect(BearerChallenge(error: "a\r\nX: y\n\u{7F}é").headerValue == "Bearer error=\"a'X: y'''\"")
    #expect(BearerChallenge(error: "a\"b\\c").headerValue == "Bearer error=\"a'b'c\"")
  }

  @Test("metadata is decoded from what it encodes, under the standard's names")
  func metadata() throws {
    let metadata = ServerMetadata(
      issuer: "https://i", authorizationEndpoint: "https://i/a", tokenEndpoint: "https://i/t",
      revocationEndpoint: "https://i/r",
      scopesSupported: ["full"])
    let data = try JSONEncoder().encode(metadata)
    #expect(try JSONDecoder().decode(ServerMetadata.self, from: data) == metadata)
    #expect(String(decoding: data, as: UTF8.self).contains("\"authorization_response_iss_parameter_supported\":true"))
  }
}
