import Foundation
import Testing

@testable import OAuth
@testable import Wire

/// What the protocol does not accept.
struct RefusalTests {
  private func fields(_ text: String) throws -> FormFields { try #require(FormFields(parsing: text)) }

  @Test("a parameter that is given twice is refused everywhere")
  func duplicates() throws {
    #expect(throws: OAuthError.self) {
      try AuthorizationRequest(fields: fields("response_type=code&client_id=a&redirect_uri=b&state=1&state=2"))
    }
    #expect(throws: OAuthError.self) {
      try TokenRequest(fields: fields("grant_type=refresh_token&refresh_token=a&refresh_token=b"))
    }
    #expect(throws: OAuthError.self) { try RevocationRequest(fields: fields("token=a&token=a")) }
    #expect(AuthorizationResponse(fields: try fields("code=a&state=b&code=c")) == nil)
  }

  @Test(
    "an authorization request that asks for something else gets the standard's error",
    arguments: [
      ("response_type=token&client_id=a&redirect_uri=b", OAuthError.Code.unsupportedResponseType),
      ("client_id=a&redirect_uri=b", .invalidRequest),
      ("response_type=code&client_id=a&redirect_uri=b&code_challenge=x&code_challenge_method=plain", .invalidRequest),
      (
        "response_type=code&client_id=a&redirect_uri=b&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        .invalidRequest
      ),
      (
        "response_type=code&client_id=a&redirect_uri=b&code_challenge=short&code_challenge_method=S256", .invalidRequest
      ),
      ("response_type=code&client_id=a&redirect_uri=b&code_challenge_method=S256", .invalidRequest),
      ("response_type=code&client_id=a&redirect_uri=b&scope=a%22b", .invalidScope),
    ])
  func authorization(_ query: String, _ code: OAuthError.Code) throws {
    let error = #expect(throws: OAuthError.self) { try AuthorizationRequest(fields: fields(query)) }
    #expect(error?.code == code)
  }

  @Test(
    "a token request that is not whole gets the standard's error",
    arguments: [
      ("grant_type=password&username=a", OAuthError.Code.unsupportedGrantType), ("code=a", .invalidRequest),
      ("grant_type=authorization_code", .invalidRequest), ("grant_type=refresh_token", .invalidRequest),
      ("grant_type=authorization_code&code=a&code_verifier=short", .invalidRequest),
      ("grant_type=refresh_token&refresh_token=", .invalidRequest),
      ("grant_type=refresh_token&refresh_token=a&not_after=soon", .invalidRequest),
    ])
  func token(_ body: String, _ code: OAuthError.Code) throws {
    let error = #expect(throws: OAuthError.self) { try TokenRequest(fields: fields(body)) }
    #expect(error?.code == code)
  }

  @Test("a client that authenticates twice, or not legibly, is refused")
  func clients() throws {
    #expect(throws: OAuthError.self) {
      try PresentedClient(authorization: "Basic YTpi", fields: fields("client_secret=x&client_id=a"))
    }
    #expect(throws: OAuthError.self) {
      try PresentedClient(authorization: "Basic YTpi", fields: fields("client_id=other"))
    }
    for header in [
      "Basic", "Basic ", "Basic !!!", "Basic YTpi YTpi", "Basic YTpi, Basic YTpi", "Basic YQ==", "Basic\tYTpi",
    ] {
      #expect(throws: OAuthError.self, "\(header)") {
        try PresentedClient(authorization: header, fields: FormFields())
      }
    }
    #expect(try PresentedClient(authorization: "basic  YTpi", fields: FormFields()).clientID == "a")
    #expect(throws: OAuthError.self) { try PresentedClient(authorization: "Bearer x", fields: FormFields()) }
    #expect(throws: OAuthError.self) { try PresentedClient(authorization: nil, fields: FormFields()) }
  }

  @Test("PKCE follows the example of RFC 7636 appendix B")
  func pkce() throws {
    let verifier = try #require(PKCE.Verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"))
    #expect(verifier.challenge.text == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    #expect(verifier.challenge.isMet(by: verifier))
    let other = try #require(PKCE.Verifier(String(repeating: "a", count: 43)))
    #expect(!verifier.challenge.isMet(by: other))
  }

  @Test(
    "a verifier has 43 to 128 unreserved characters",
    arguments: [
      String(repeating: "a", count: 42), String(repeating: "a", count: 129), String(repeating: "é", count: 43),
      String(repeating: "+", count: 43),
    ])
  func verifiers(_ text: String) { #expect(PKCE.Verifier(text) == nil) }

  @Test(
    "a challenge is the base64url of 32 bytes",
    arguments: [
      String(repeating: "a", count: 42), String(repeating: "a", count: 44), String(repeating: "+", count: 43),
      String(repeating: "é", count: 43), String(repeating: "a", count: 42) + "=",
      String(repeating: "a", count: 42) + "\n",
    ])
  func challenges(_ text: String) { #expect(PKCE.Challenge(text) == nil) }

  @Test(
    "broken escapes and bytes that are no UTF-8 are no form",
    arguments: ["a=%", "a=%2", "a=%zz", "a=%ff", "%c3=a", "a=%00b", "%00=b"])
  func brokenForms(_ text: String) { #expect(FormFields(parsing: text) == nil) }

  @Test("a token response without an access token is none, and numbers may come as text")
  func tokenResponses() throws {
    func parse(_ text: String) -> TokenResponse? {
      try? JSONDecoder().decode(TokenResponse.self, from: Data(text.utf8))
    }
    for text in ["{}", "[]", "null", "{\"access_token\":\"\"}", "{\"access_token\":1}", "{\"access_token\":null}"] {
      #expect(parse(text) == nil)
    }
    #expect(parse(#"{"access_token":"a","expires_in":"3600"}"#)?.expiresIn == 3600)
    #expect(parse(#"{"access_token":"a","expires_in":3600.0}"#)?.expiresIn == 3600)
    #expect(parse(#"{"access_token":"a","expires_in":{}}"#)?.expiresIn == nil)
    #expect(parse(#"{"access_token":"a","refresh_token":null}"#)?.refreshToken == nil)
  }
}
