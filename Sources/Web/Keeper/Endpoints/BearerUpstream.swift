import OAuth
import Outbound
import Wire

/// Calls a provider's API with a bearer token, which `HTTPUpstream` can refuse only when it is made.
package struct BearerUpstream: Upstream {
  private let origin: Origin
  private let token: Secret

  package init(origin: Origin, token: Secret) {
    self.origin = origin
    self.token = token
  }

  package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try await HTTPUpstream(base: origin.description, credential: .bearer(token)).send(request)
  }
}
