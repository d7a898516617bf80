import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

/// Calls of an app for one person and tenant, with answers in JSON.
struct KeapCalls {
  let world: IssuerSiteWorld
  let token: Secret

  /// - Parameter tenant: Ann is in `Acme Shop` and `Bright Books`, Ben in the first.
  init(_ world: IssuerSiteWorld, _ person: String = "ann@example.org", tenant: String = "Acme Shop") async throws {
    self.world = world
    token = try await Browser(world).tokens(person, world.shopClient, tenant: tenant).accessToken
  }

  /// - Parameter path: below `/crm/rest/`.
  @discardableResult
  func call(
    _ method: String, _ path: String, _ body: JSON? = nil, _ status: Int = 200,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> JSON {
    let answer = try await world.api(method, "/crm/rest/" + path, token, body?.text)
    #expect(answer.status == status, "\(method) \(path): \(answer.text)", sourceLocation: location)
    return answer.body.isEmpty ? .null : try JSON.parse(answer.body)
  }

  /// Expects a refusal, in these words.
  func refuse(
    _ method: String, _ path: String, _ body: JSON? = nil, _ status: Int, _ message: String,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let answer = try await call(method, path, body, status, at: location)
    let isV1 = path.hasPrefix("v1")
    #expect(answer["message"]?.string == message, sourceLocation: location)
    #expect(answer["code"] == (isV1 ? nil : .integer(Int64(status))), sourceLocation: location)
  }

  func contact(_ email: String = "zoe@example.org", company: JSON? = nil) async throws -> Int64 {
    var body: [String: JSON] = [
      "given_name": "Zoë", "family_name": "Young", "email_addresses": [["field": "EMAIL1", "email": .string(email)]],
    ]
    body["company"] = company
    return try #require(try await call("POST", "v1/contacts", .object(body), 201)["id"]?.integer)
  }

  /// Defines a text for records of a kind, and gives its number.
  func field(_ label: String = "Colour", of kind: String) async throws -> String {
    let answer = try await call(
      "POST", "v2/\(kind)/model/customFields", ["label": .string(label), "field_type": "TEXT"], 201)
    return try #require((answer["custom_field"] ?? answer)["id"]?.string)
  }

  /// The number of the user who calls.
  func user() async throws -> Int64 {
    try #require(try await call("GET", "v1/oauth/connect/userinfo")["global_user_id"]?.integer)
  }

  /// The members `key` of all pages of a v2 list.
  func walk(_ path: String, _ key: String) async throws -> [JSON] {
    var (all, token, pages): ([JSON], String, Int) = ([], "", 0)
    repeat {
      let page = try await call("GET", "\(path)&page_token=\(token)")
      all += page[key]?.array ?? []
      token = try #require(page["next_page_token"]?.string)
      pages += 1
    } while !token.isEmpty && pages < 20
    return all
  }
}
