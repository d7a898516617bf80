import Foundation
import TestKit
import Wire

/// What is expected of one provider's entry, written down here a second time and not read from the entry: how the provider
/// behaves, as a model can play it, and what must come of it.
package struct ProviderCase: Sendable, CustomStringConvertible {
  package var name: String
  package var base: String?
  package var redirectURI = "https://shop.example/connected"
  /// Where the person is sent, and what must be said there beyond the standard.
  package var authorize: String
  package var parameters: [String: String] = [:]
  package var scope: String?
  package var usesPKCE = false
  package var token: String
  package var code = ModelBehaviour.Authentication.body
  package var refresh = ModelBehaviour.Authentication.body
  package var behaviour: ModelBehaviour
  /// Whether an entry may present a token again while the access token lives.
  package var mayRepeat = false
  /// What comes back beside code and state.
  package var callback: [(name: String, value: String)] = []
  /// Where the provider is asked who approved, and what it says.
  package var userinfo: (target: String, body: String)?
  package var tenant: String?
  package var approver: String?

  package var description: String { name }
}

extension ModelAnswer {
  /// An answer in JSON, as one string of its members.
  package static func members(_ status: Int, _ members: String, retryAfter: String? = nil) -> ModelAnswer {
    ModelAnswer(status, "{\(members)}", headers: [json] + (retryAfter.map { [Header("Retry-After", $0)] } ?? []))
  }
}

extension ModelDialect {
  package static func saying(
    refused: ModelAnswer, wrongClient: ModelAnswer, throttled: ModelAnswer = standard[.throttled]
  ) -> ModelDialect {
    var dialect = standard
    dialect[.invalidRefreshToken] = refused
    dialect[.wrongClient] = wrongClient
    dialect[.throttled] = throttled
    return dialect
  }
}

extension ModelBehaviour.Member {
  package static func idToken(_ claims: String) -> ModelBehaviour.Member {
    ModelBehaviour.Member("id_token", #""e30.\#(Base64URL.encode(claims.utf8)).c2ln""#)
  }
}

extension ProviderCase {
  package static let all = [
    keap, evergrant, google, microsoft, hubspot, salesforce, xero, quickbooks, mailchimp, slack, github, zoho,
  ]

  /// Those that have something to refresh with.
  package static let refreshing = all.filter { $0.behaviour.refreshTokens != .never }

  package static let keap = ProviderCase(
    name: "keap", authorize: "https://accounts.infusionsoft.com/app/oauth/authorize", scope: "full",
    token: "https://api.infusionsoft.com/token", refresh: .basicRaw,
    behaviour: ModelBehaviour(
      rotation: .strict, dialect: .keap, members: [.init("scope", #""full|acme.infusionsoft.com""#)]),
    userinfo: ("/crm/rest/v1/oauth/connect/userinfo", #"{"email":"ann@example.org","sub":"1"}"#),
    tenant: "acme.infusionsoft.com", approver: "ann@example.org")

  package static let evergrant = ProviderCase(
    name: "evergrant", base: "http://127.0.0.1:9", authorize: "http://127.0.0.1:9/oauth/authorize", scope: "full",
    usesPKCE: true, token: "http://127.0.0.1:9/oauth/token", code: .basic, refresh: .basic,
    behaviour: ModelBehaviour(
      rotation: .tolerant(.untilSuccessorIsUsed),
      members: [.init("scope", #""full""#), .init("tenant", #""acme.example""#)]),
    mayRepeat: true, callback: [("iss", "http://127.0.0.1:9")],
    userinfo: ("/crm/rest/v1/oauth/connect/userinfo", #"{"email":"ann@example.org","sub":"1"}"#),
    tenant: "acme.example", approver: "ann@example.org")

  package static let google = ProviderCase(
    name: "google", authorize: "https://accounts.google.com/o/oauth2/v2/auth",
    parameters: ["access_type": "offline", "prompt": "consent"],
    scope: "openid email https://www.googleapis.com/auth/contacts", usesPKCE: true,
    token: "https://oauth2.googleapis.com/token",
    behaviour: ModelBehaviour(
      rotation: .none, refreshTokens: .whenNew, accessLifetime: .seconds(3599),
      dialect: .saying(
        refused: .members(400, #""error":"invalid_grant","error_description":"Token has been expired or revoked.""#),
        wrongClient: .members(401, #""error":"invalid_client","error_description":"Unauthorized""#)),
      members: [.idToken(#"{"sub":"108","email":"ann@example.org","hd":"example.org"}"#)]),
    mayRepeat: true, tenant: "example.org", approver: "ann@example.org")

  package static let microsoft = ProviderCase(
    name: "microsoft", authorize: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    scope: "openid profile offline_access User.Read Contacts.ReadWrite", usesPKCE: true,
    token: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    behaviour: ModelBehaviour(
      rotation: .tolerant(.grace(.days(90))), accessLifetime: .minutes(75), refreshWindow: .days(90),
      dialect: .saying(
        refused: .members(
          400,
          #""error":"invalid_grant","error_description":"AADSTS700082: The refresh token has expired due to inactivity.""#
        ),
        wrongClient: .members(
          401, #""error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.""#)),
      members: [.idToken(#"{"tid":"9188","preferred_username":"ann@example.org","sub":"s"}"#)]),
    mayRepeat: true, tenant: "9188", approver: "ann@example.org")

  package static let hubspot = ProviderCase(
    name: "hubspot", authorize: "https://app.hubspot.com/oauth/authorize",
    scope: "oauth crm.objects.contacts.read crm.objects.contacts.write",
    token: "https://api.hubapi.com/oauth/2026-03/token",
    behaviour: ModelBehaviour(
      rotation: .none, accessLifetime: .minutes(30),
      dialect: .saying(
        refused: .members(400, #""status":"BAD_REFRESH_TOKEN","message":"missing or invalid refresh token""#),
        wrongClient: .members(400, #""status":"BAD_CLIENT_SECRET","message":"missing or invalid client secret""#)),
      members: [.init("user_id", "123"), .init("hub_id", "62515")]),
    userinfo: ("/account-info/2026-03/details", #"{"portalId":62515,"accountType":"STANDARD"}"#),
    tenant: "62515", approver: "123")

  package static let salesforce = ProviderCase(
    name: "salesforce", base: "https://acme.my.salesforce.com",
    authorize: "https://acme.my.salesforce.com/services/oauth2/authorize", scope: "api refresh_token openid",
    usesPKCE: true, token: "https://acme.my.salesforce.com/services/oauth2/token",
    behaviour: ModelBehaviour(
      rotation: .strictFamily, accessLifetime: .hours(2), sendsExpiresIn: false, refreshWindow: .days(30),
      dialect: .saying(
        refused: .members(400, #""error":"invalid_grant","error_description":"expired access/refresh token""#),
        wrongClient: .members(400, #""error":"invalid_client","error_description":"invalid client credentials""#)),
      members: [.init("instance_url", #""https://acme.my.salesforce.com""#), .init("issued_at", #""1795449600000""#)]),
    userinfo: (
      "/services/oauth2/userinfo",
      #"{"user_id":"005","organization_id":"00D","preferred_username":"ann@example.org"}"#
    ),
    tenant: "00D", approver: "ann@example.org")

  package static let xero = ProviderCase(
    name: "xero", authorize: "https://login.xero.com/identity/connect/authorize",
    scope: "openid profile email accounting.contacts offline_access", token: "https://identity.xero.com/connect/token",
    code: .basicRaw, refresh: .basicRaw,
    behaviour: ModelBehaviour(
      rotation: .tolerant(.grace(.minutes(30))), accessLifetime: .minutes(30), refreshWindow: .days(60),
      dialect: .saying(
        refused: .members(400, #""error":"invalid_grant""#), wrongClient: .members(400, #""error":"invalid_client""#)),
      members: [.idToken(#"{"sub":"s","email":"ann@example.org"}"#)]),
    mayRepeat: true,
    userinfo: ("/connections", #"[{"id":"c","tenantId":"t-1","tenantType":"ORGANISATION","authEventId":"e-1"}]"#),
    tenant: "t-1", approver: "ann@example.org")

  package static let quickbooks = ProviderCase(
    name: "quickbooks", authorize: "https://appcenter.intuit.com/connect/oauth2",
    scope: "com.intuit.quickbooks.accounting openid",
    token: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer", code: .basicRaw, refresh: .basicRaw,
    behaviour: ModelBehaviour(
      rotation: .strict, accessLifetime: .hours(1), refreshWindow: .days(100),
      dialect: .saying(
        refused: .members(400, #""error":"invalid_grant","error_description":"Incorrect or invalid refresh token""#),
        wrongClient: .members(401, #""error":"invalid_client""#)),
      members: [.init("x_refresh_token_expires_in", "8726400"), .idToken(#"{"sub":"1182d6ec"}"#)]),
    callback: [("realmId", "4620816365201690220")], tenant: "4620816365201690220", approver: "1182d6ec")

  package static let mailchimp = ProviderCase(
    name: "mailchimp", base: "https://us6.api.mailchimp.com", authorize: "https://login.mailchimp.com/oauth2/authorize",
    token: "https://login.mailchimp.com/oauth2/token",
    behaviour: ModelBehaviour(
      rotation: .none, refreshTokens: .never, accessLifetime: nil, members: [.init("expires_in", "0")]),
    userinfo: (
      "/3.0/?fields=account_id,email", #"{"account_id":"8d3a3db4d97663a9074efcc16","email":"ann@example.org"}"#
    ),
    tenant: "8d3a3db4d97663a9074efcc16", approver: "ann@example.org")

  package static let slack = ProviderCase(
    name: "slack", authorize: "https://slack.com/oauth/v2/authorize", scope: "chat:write,users:read",
    token: "https://slack.com/api/oauth.v2.access", code: .basic, refresh: .basic,
    behaviour: ModelBehaviour(
      rotation: .strict, accessLifetime: .seconds(43_200),
      dialect: .saying(
        refused: .members(200, #""ok":false,"error":"invalid_refresh_token""#),
        wrongClient: .members(200, #""ok":false,"error":"bad_client_secret""#),
        throttled: .members(429, #""ok":false,"error":"ratelimited""#, retryAfter: "30")),
      members: [
        .init("ok", "true"), .init("team", #"{"id":"T9TK3CUKW","name":"Acme"}"#),
        .init("authed_user", #"{"id":"U1234"}"#),
      ]),
    tenant: "T9TK3CUKW", approver: "U1234")

  package static let github = ProviderCase(
    name: "github", authorize: "https://github.com/login/oauth/authorize", usesPKCE: true,
    token: "https://github.com/login/oauth/access_token",
    behaviour: ModelBehaviour(
      rotation: .strict, accessLifetime: .hours(8), refreshWindow: .seconds(15_897_600), refreshEndsAccessTokens: true,
      dialect: .saying(
        refused: .members(
          200,
          #""error":"bad_refresh_token","error_description":"The refresh token passed is incorrect or expired.""#),
        wrongClient: .members(
          200,
          #""error":"incorrect_client_credentials","error_description":"The client_id and/or client_secret passed are incorrect.""#
        )),
      members: [.init("refresh_token_expires_in", "15897600"), .init("scope", #""""#)]),
    userinfo: ("/user", #"{"login":"ann","id":1}"#), approver: "ann")

  package static let zoho = ProviderCase(
    name: "zoho", base: "https://accounts.zoho.eu", authorize: "https://accounts.zoho.eu/oauth/v2/auth",
    parameters: ["access_type": "offline", "prompt": "consent"],
    scope: "ZohoCRM.modules.contacts.ALL,ZohoCRM.users.READ", token: "https://accounts.zoho.eu/oauth/v2/token",
    behaviour: ModelBehaviour(
      rotation: .none, refreshTokens: .whenNew, accessLifetime: .hours(1),
      dialect: .saying(
        refused: .members(200, #""error":"invalid_code""#), wrongClient: .members(200, #""error":"invalid_client""#),
        throttled: .members(
          400,
          #""error":"Access Denied","error_description":"You have made too many requests continuously.","status":"failure""#
        )),
      members: [.init("api_domain", #""https://www.zohoapis.eu""#)]),
    mayRepeat: true, callback: [("location", "eu"), ("accounts-server", "https://accounts.zoho.eu")],
    userinfo: ("/crm/v8/users?type=CurrentUser", #"{"users":[{"id":"1","email":"ann@example.org"}]}"#),
    approver: "ann@example.org")
}
