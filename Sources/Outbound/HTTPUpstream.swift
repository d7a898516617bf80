import OAuth
import Wire

/// A job's way to an API: an address and a credential, nothing else.
package struct HTTPUpstream: Upstream {
  package enum Credential: Sendable {
    /// A key of the keeper's.
    case apiKey(Secret)
    /// A provider's own token.
    case bearer(Secret)
  }

  /// Why no whole answer came, in a sentence.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package var description: String
    /// Whether the request may have been processed.
    package var wasSent: Bool
  }

  private let client: OutboundClient
  private let base: OutboundURL
  private let credential: Credential
  private let timeout: Duration

  /// - Parameter base: the address below which targets are, such as `https://keeper.example/via/shop`.
  /// - Throws: where `base` is no such address.
  package init(
    base: String, credential: Credential, client: OutboundClient = OutboundClient(), timeout: Duration = .seconds(60)
  ) throws(Failure) {
    guard var url = OutboundURL(base), !url.target.contains("?") else {
      throw Failure(
        description: "\(base) is not an address to call: give https://host/path, or http:// for this machine.",
        wasSent: false)
    }
    while url.target.hasSuffix("/") { url.target.removeLast() }
    self.base = url
    self.client = client
    self.credential = credential
    self.timeout = timeout
  }

  package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
    var headers = [("Accept", "application/json")]
    switch credential {
    case .apiKey(let key): headers.append(("X-API-Key", key.exposed))
    case .bearer(let token):
      headers.append(
        request.keyHeader.map { ($0, token.exposed) } ?? ("Authorization", AuthScheme.bearer.prefix + token.exposed))
    }
    if let type = request.contentType { headers.append(("Content-Type", type)) }
    let url = OutboundURL(origin: base.origin, target: base.target + request.target)
    do {
      let response = try await client.send(
        OutboundRequest(request.method, url, headers: headers, body: request.body), timeout: timeout)
      let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
      return UpstreamResponse(
        status: response.status, headers: Dictionary(pairs, uniquingKeysWith: { "\($0), \($1)" }), body: response.body)
    } catch {
      switch error {
      case .notSent(let reason, _): throw Failure(description: reason, wasSent: false)
      case .noAnswer(let reason, _):
        throw Failure(description: "\(reason) The request may have been processed.", wasSent: true)
      }
    }
  }
}
