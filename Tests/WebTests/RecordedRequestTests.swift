import Contacts
import Foundation
import HostileProvider
import Issuer
import NetworkKit
import OAuth
import Testing
import Wire

/// What Keap's own PHP SDK for REST v1 puts on the wire, byte for byte but for host, credentials and identifiers.
private enum PHPSDK {
  static func codeExchange(port: Int, _ client: (id: String, secret: Secret), code: String) -> String {
    let body =
      "client_id=\(client.id)&client_secret=\(PercentEncoding.encode(client.secret.exposed))&code=\(code)"
      + "&grant_type=authorization_code&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb"
    return form(port, [], body)
  }

  /// Basic over the raw `id:secret`.
  static func refresh(port: Int, _ client: (id: String, secret: Secret), token: Secret) -> String {
    let basic = Data("\(client.id):\(client.secret.exposed)".utf8).base64EncodedString()
    return form(port, ["Authorization: Basic \(basic)"], "grant_type=refresh_token&refresh_token=\(token.exposed)")
  }

  private static func form(_ port: Int, _ authorization: [String], _ body: String) -> String {
    let head =
      ["POST /token HTTP/1.1", "Host: 127.0.0.1:\(port)", "User-Agent: GuzzleHttp/7"] + authorization
      + ["Content-Type: application/x-www-form-urlencoded", "Content-Length: \(body.utf8.count)"]
    return head.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  /// - Parameter body: with the length that was recorded for it.
  static func call(_ line: String, port: Int, _ token: Secret, _ body: (text: String, length: Int)? = nil) -> String {
    let head =
      [
        "\(line) HTTP/1.1", "Host: 127.0.0.1:\(port)", "User-Agent: GuzzleHttp/7", "Content-Type: application/json",
        "Authorization: Bearer \(token.exposed)",
      ] + (body.map { ["Content-Length: \($0.length)"] } ?? [])
    return head.joined(separator: "\r\n") + "\r\n\r\n" + (body?.text ?? "")
  }
}

@Suite("Requests recorded from Keap's PHP SDK")
struct RecordedRequestTests {
  @Test("tokens, contacts and userinfo get the answers that the SDK works on")
  func replay() async throws {
    try await IssuerSiteWorld.serving { world in
      let registered = try await world.issuer.registerClient(
        .init(name: "PHP shop", redirectURIs: ["http://127.0.0.1:9/cb"], legacy: true))
      let client = (id: registered.clientID, secret: try #require(registered.secret))
      let browser = Browser(world)
      let approved = try await browser.approve(
        try await browser.consentPage("ben@example.org", client.id, redirectURI: "http://127.0.0.1:9/cb"))
      let code = try #require(approved.locationFields["code"])
      func send(_ text: String, _ status: Int) async throws -> JSON {
        let answer = try await RawClient.call(text, port: world.port)
        #expect(answer.status == status, "\(text.prefix(60))")
        return answer.body.isEmpty ? .null : try JSON.parse(answer.body)
      }

      let first = try await send(PHPSDK.codeExchange(port: world.port, client, code: code), 200)
      let refreshToken = Secret(try #require(first["refresh_token"]?.string))
      let tokens = try await send(PHPSDK.refresh(port: world.port, client, token: refreshToken), 200)
      for answer in [first, tokens] {
        #expect(answer["token_type"] == "bearer")
        #expect(answer["expires_in"] == 86_400)
        #expect(answer["access_token"]?.string?.isEmpty == false)
        #expect(answer["refresh_token"]?.string?.isEmpty == false)
        #expect(answer["scope"] == "full|acme-shop.evergrant.test")
      }
      let token = Secret(try #require(tokens["access_token"]?.string))
      func call(_ line: String, _ status: Int, _ body: (text: String, length: Int)? = nil) async throws -> JSON {
        try await send(PHPSDK.call(line, port: world.port, token, body), status)
      }

      let added = try await call(
        "POST /crm/rest/v1/contacts/", 201,
        (
          "{\"given_name\":\"Ann\",\"family_name\":\"Lee\",\"email_addresses\":[{\"field\":\"EMAIL1\",\"email\":\"ann@example.org\"}]}",
          105
        ))
      let id = try #require(added["id"]?.integer)
      let upserted = try await call(
        "PUT /crm/rest/v1/contacts/", 200,
        (
          "{\"given_name\":\"Ann\",\"family_name\":\"Lee\",\"email_addresses\":[{\"field\":\"EMAIL1\",\"email\":\"ann@example.org\"}],\"duplicate_option\":\"Email\"}",
          132
        ))
      #expect(upserted["id"]?.integer == id)
      let read = try await call("GET /crm/rest/v1/contacts/\(id)", 200)
      #expect(read["given_name"] == "Ann")
      #expect(read["email_addresses"] == [["email": "ann@example.org", "field": "EMAIL1"]])
      let changed = "{\"id\":\(id),\"given_name\":\"Ann\",\"family_name\":\"Lee2\"}"
      #expect(
        try await call("PATCH /crm/rest/v1/contacts/\(id)", 200, (changed, changed.utf8.count))["family_name"] == "Lee2"
      )

      let lists = [
        "GET /crm/rest/v1/contacts",
        "GET /crm/rest/v1/contacts?email=ann%40example.org&limit=5&optional_properties=custom_fields",
        "GET /crm/rest/v1/contacts?given_name=Ann&limit=1", "GET /crm/rest/v1/contacts?limit=1",
      ]
      for line in lists {
        let list = try await call(line, 200)
        #expect(list["contacts"]?[0]?["id"]?.integer == id, "\(line)")
        #expect(list["count"] == 1)
        #expect(list["next"]?.string != nil && list["previous"]?.string != nil)
        #expect((list["contacts"]?[0]?["custom_fields"] != nil) == line.contains("custom_fields"))
      }
      #expect(try await call("GET /crm/rest/v1/contacts/model", 200)["custom_fields"]?.array != nil)
      let person = try await call("GET /crm/rest/v1/oauth/connect/userinfo", 200)
      #expect(person["email"] == "ben@example.org")
      #expect(person["given_name"] == "Ben")
      #expect(person["family_name"] == "Lee")
      #expect(person["global_user_id"]?.integer != nil && person["sub"]?.string != nil)
      let tagged = try await call("POST /crm/rest/v1/contacts/\(id)/tags", 200, ("{\"tagIds\":[1,2]}", 16))
      #expect(tagged == [["key": "TAG_ID_NOT_FOUND"], ["key": "TAG_ID_NOT_FOUND"]])
      #expect(try await call("GET /crm/rest/v1/contacts/\(id)/tags", 200)["tags"] == [])
      #expect(try await call("DELETE /crm/rest/v1/contacts/\(id)", 204) == .null)
      #expect(try await call("GET /crm/rest/v1/contacts/\(id)", 404)["message"] == "Unable to find this Contact")
    }
  }
}
