import Contacts
import OAuth
import Testing
import Wire

@testable import Outbound

/// What the tests of custom fields ask of a site.
extension IssuerSiteWorld {
  /// The JSON of an answer that has to have this status.
  func fieldCall(
    _ method: String, _ path: String, _ token: Secret, _ status: Int, _ body: String? = nil
  ) async throws -> JSON {
    let answer = try await api(method, path, token, body)
    #expect(answer.status == status, "\(method) \(path): \(answer.text)")
    return try JSON.parse(answer.body)
  }

  /// Defines a field and gives its number.
  /// - Parameter start: the body up to its options, which are Red and Blue for a type that has some.
  func field(_ kind: String, _ start: String, _ token: Secret) async throws -> String {
    let options = start.contains("LIST_BOX") ? #"[{"label":"Red"},{"label":"Blue"}]"# : "[]"
    let made = try await fieldCall(
      "POST", "/crm/rest/v2/\(kind)/model/customFields", token, 201, start + "\"options\":\(options)}")
    return try #require(made["id"]?.string)
  }
}
