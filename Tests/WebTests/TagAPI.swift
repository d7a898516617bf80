import HostileProvider
import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound

/// Calls of one app in one tenant.
struct TagAPI {
  let world: IssuerSiteWorld
  let token: Secret

  init(_ world: IssuerSiteWorld, tenant: String = "Acme Shop") async throws {
    self.world = world
    token = try await Browser(world).tokens("ann@example.org", world.shopClient, tenant: tenant).accessToken
  }

  /// - Returns: the answer's body; null where it has none.
  func send(_ method: String, _ path: String, _ status: Int, _ body: String? = nil) async throws -> JSON {
    let answer = try await world.api(method, "/crm/rest/" + path, token, body)
    #expect(answer.status == status, "\(method) \(path) \(answer.text)")
    return answer.body.isEmpty ? .null : try JSON.parse(answer.body)
  }

  func tag(_ name: String) async throws -> Int64 {
    try #require(try await send("POST", "v1/tags", 200, #"{"name":"\#(name)"}"#)["id"]?.integer)
  }

  func contact(_ name: String) async throws -> Int64 {
    let email = #"[{"field":"EMAIL1","email":"\#(name)@example.org"}]"#
    let made = try await send(
      "POST", "v1/contacts", 201, #"{"given_name":"\#(name)","email_addresses":\#(email)}"#)
    return try #require(made["id"]?.integer)
  }

  func tagIDs(_ contact: Int64) async throws -> [Int64] {
    try await send("GET", "v1/contacts/\(contact)", 200)["tag_ids"]?.array?.compactMap(\.integer) ?? []
  }
}
