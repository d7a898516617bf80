/// A way to call an API: through the keeper with a key, or to the provider with a token.
package protocol Upstream: Sendable {
  /// - Throws: where no whole answer came; the request may have been processed.
  func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}

package struct UpstreamRequest: Sendable, Equatable {
  package var method: String
  /// Path and query below the API's origin, such as `/crm/rest/v2/contacts?page_size=1`.
  package var target: String
  package var body: [UInt8]?
  package var contentType: String?
  /// The field that a provider's own token goes into, where that is not `Authorization: Bearer`.
  package var keyHeader: String?

  package init(
    _ method: String, _ target: String, body: [UInt8]? = nil, contentType: String? = nil, keyHeader: String? = nil
  ) {
    self.method = method
    self.target = target
    self.body = body
    self.contentType = contentType
    self.keyHeader = keyHeader
  }
}

package struct UpstreamResponse: Sendable, Equatable {
  package var status: Int
  /// Names in lower case.
  package var headers: [String: String]
  package var body: [UInt8]

  package init(status: Int, headers: [String: String] = [:], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}
