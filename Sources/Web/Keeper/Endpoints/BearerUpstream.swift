import OAuth
import Outbound
import Wire

/// Calls a provider's API with a bearer token. Its init cannot fail: the `HTTPUpstream`, whose init can, is made for each call,
/// over connections that all calls share.
package struct BearerUpstream: Upstream {
  private let origin: Origin
  private let token: Secret
  private let client: OutboundClient

  package init(origin: Origin, token: Secret, client: OutboundClient) {
    self.origin = origin
    self.token = token
    self.client = client
  }

  package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    try await HTTPUpstream(base: origin.description, credential: .bearer(token), client: client).send(request)
  }
}
