import Contacts
import OAuth
import Store
import Testing
import Wire

@testable import Issuer

/// Calls as the site makes them: let in, carried out, answered.
extension IssuerWorld {
  static let read = CallShape(method: "GET", template: "/crm/rest/v1/contacts/{id}")
  static let write = CallShape(method: "POST", template: "/crm/rest/v1/contacts")

  /// Lets a call in that is not answered yet.
  func begin(
    _ tokens: TokenResponse, _ shape: CallShape = read, from address: String = "203.0.113.1"
  ) async throws -> (call: ServedCall, caller: Caller) {
    let call = ServedCall(shape, from: address)
    return (call, try await issuer.authenticate(tokens.accessToken, for: call))
  }

  func call(
    _ tokens: TokenResponse, _ shape: CallShape = read, from address: String = "203.0.113.1", _ status: Int = 200
  ) async throws {
    issuer.record(try await begin(tokens, shape, from: address).call, status: status)
  }

  /// A call that adds a contact, up to its answer.
  @discardableResult
  func add(_ email: String, _ tokens: TokenResponse) async throws -> ServedCall {
    let (call, caller) = try await begin(tokens, Self.write)
    _ = try await issuer.createContact(TwoTenants.person(email), check: KeapV1.check, by: caller)
    return call
  }

  /// All records as they are in the store, the oldest first.
  func records() async throws -> [String] {
    let known = try await database.read { try CallShape.all($0) }
    return try await database.read { db in
      try db.rows("SELECT * FROM calls ORDER BY id").map { row in
        let shape = known[try row["shape_id"]], status: Int? = try row["status"]
        return
          "\(shape?.method ?? "?") \(shape?.path ?? "?") \(status.map(String.init) ?? "-") \(try row["address"] as String)"
      }
    }
  }

  func contacts() async throws -> Int {
    try await database.read { try $0.row("SELECT COUNT(*) AS count FROM contacts").orMissing("count")["count"] }
  }
}
