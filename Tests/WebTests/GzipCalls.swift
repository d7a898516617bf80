import NetworkKit
import OAuth
import Testing
import Wire

@testable import Outbound
@testable import Web

/// Calls that say which codings they take.
struct GzipCalls {
  let calls: KeapCalls
  var world: IssuerSiteWorld { calls.world }

  func send(
    _ method: String, _ path: String, _ encodings: String?, _ body: JSON? = nil,
    _ fields: [(name: String, value: String)] = []
  ) async throws -> OutboundResponse {
    try await world.client.send(
      method, world.base + path, headers: headers(encodings) + fields, body: body.map { Array($0.text.utf8) })
  }

  func headers(_ encodings: String?) -> [(name: String, value: String)] {
    var headers = [(name: "Authorization", value: "Bearer \(calls.token.exposed)")]
    if let encodings { headers.append(("Accept-Encoding", encodings)) }
    return headers
  }

  /// A note that is long enough to be packed, and its paths.
  func note() async throws -> (v1: String, v2: String) {
    let contact = try await calls.contact("noted@example.org")
    let body: JSON = [
      "contact_id": .integer(contact), "title": "Call", "body": .string(String(repeating: "long ", count: 600)),
    ]
    let id = try #require(try await calls.call("POST", "v1/notes", body, 201)["id"]?.integer)
    return ("/crm/rest/v1/notes/\(id)", "/crm/rest/v2/contacts/\(contact)/notes/\(id)")
  }

  /// A site with two people, and calls of Ann's.
  static func serving(
    origins: Set<String> = [], privateHooks: Bool = false, faults: FaultPlan = FaultPlan(),
    _ act: (GzipCalls) async throws -> Void
  ) async throws {
    try await IssuerSiteWorld.serving(origins: origins, privateHooks: privateHooks, faults: { _ in faults }) { world in
      try await act(GzipCalls(calls: try await KeapCalls(world)))
    }
  }
}
