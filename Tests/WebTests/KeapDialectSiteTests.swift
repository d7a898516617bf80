import NetworkKit
import OAuth
import TestKit
import Testing
import Wire

@testable import Issuer
@testable import Outbound
@testable import Web

@Suite("An issuer that plays Keap") struct KeapDialectSiteTests {
  @Test("P27: a whole server that plays Keap names no revocation endpoint and has none")
  func noRevocation() async throws {
    try await IssuerSiteWorld.serving(adjust: { $0.dialect = .keap }) { world in
      let metadata = try await world.client.send("GET", world.base + "/.well-known/oauth-authorization-server")
      #expect(metadata.status == 200 && !metadata.text.contains("revocation"))
      let tokens = try await Browser(world).tokens("ann@example.org", world.shopClient)
      let revoked = try await world.tokenRequest(
        [
          ("token", tokens.accessToken.exposed), ("client_id", world.shop.clientID),
          ("client_secret", world.shopClient.secret.exposed),
        ], path: "/oauth/revoke")
      #expect(revoked.status == 404)
      #expect(try await world.api("GET", "/crm/rest/v1/contacts", tokens.accessToken).status == 200)
    }
  }

  @Test("P27: a replay is refused in Keap's words, for an app that meets its rules and for no other")
  func replay() async throws {
    try await IssuerSiteWorld.serving { world in
      try await world.issuer.setDialect(.keap, ofClient: world.shop.clientID)
      let first = try await Browser(world).tokens("ann@example.org", world.shopClient)
      #expect(try await world.refresh(first.refreshToken, world.shopClient).status == 200)
      let replay = try await world.refresh(first.refreshToken, world.shopClient)
      #expect(replay.status == 400)
      #expect(replay.text == #"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#)
      let stranger = try await world.refresh(first.refreshToken, (world.shop.clientID, Secret("wrong")))
      #expect(stranger.status == 401 && stranger.text.contains(#""ErrorCode":"invalid_client""#))
      let other = try await world.refresh(first.refreshToken, world.otherClient)
      #expect(other.status == 400 && other.text.contains("The refresh token is unknown"))
    }
  }

  @Test("P27: the newer way in which Keap refuses a dead token is told where it is set, to unknown apps too")
  func newerWords() async throws {
    try await IssuerSiteWorld.serving(adjust: {
      $0.dialect = .keap
      $0.keapDeadToken = .invalidRequest
    }) { world in
      let dead = try await world.refresh(Secret("evr_unknown"), world.shopClient)
      #expect(dead.status == 400)
      #expect(dead.text == #"{"error":"invalid_request","error_description":"Invalid Refresh Token"}"#)
      let nothing = try await world.tokenRequest([("client_id", "nobody")])
      #expect(nothing.status == 400 && nothing.text.contains("response_type or grant_type is required"))
      let nobody = try await world.refresh(Secret("evr_unknown"), ("nobody", Secret("x")))
      #expect(nobody.status == 401 && nobody.text.contains("ClientId is Invalid"))
    }
  }
}
