import Wire

/// How the bridge calls REST: over the data plane with a live token, or within the issuer.
package protocol BridgeUpstream: Sendable {
  /// Sends a request once. Nobody below repeats a write, unless it is certain that it was not processed.
  /// - Throws: where no whole answer came, or the call is not let through. What is thrown goes past the bridge as it is.
  func send(_ request: BridgeRequest) async throws -> BridgeAnswer
}

/// A request to REST, without a credential.
package struct BridgeRequest: Sendable, Hashable {
  package var method: String
  /// Below the API's origin, such as `/crm/rest/v2/contacts`, with what is in it escaped.
  package var path: String
  package var query: [Parameter]
  package var body: JSON?

  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(_ method: String, _ path: String, query: [Parameter] = [], body: JSON? = nil) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
  }

  /// Path and query for the wire.
  package var target: String {
    query.isEmpty ? path : path + "?" + FormFields(query.map { ($0.name, $0.value) }).encoded
  }
}

package struct BridgeAnswer: Sendable, Hashable {
  package var status: Int
  /// Null where there is no body, or none that is JSON.
  package var json: JSON
  /// `Retry-After`, as the upstream wrote it.
  package var retryAfter: String?

  package init(status: Int, json: JSON = .null, retryAfter: String? = nil) {
    self.status = status
    self.json = json
    self.retryAfter = retryAfter
  }
}
