import Wire

/// An API with nothing behind any address.
package struct NobodyHome: Upstream {
  package init() {}

  package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    UpstreamResponse(status: 404, body: [])
  }
}
