import HTTPTypes
import Hummingbird
import Wire

/// Sends long answers in gzip to whoever takes it, where no answer holds a secret.
///
/// Where a secret stands in an answer beside words that somebody else chose, its length in gzip tells of the secret (BREACH).
/// So only what is named here is packed, and whatever is new is not: no page, since pages have form tokens, no answer of a
/// token endpoint, and no hook, which is made with the key that signs for it. Answers that go wrong on purpose are left alone,
/// and so are refusals, since a keeper in between reads why.
struct Compression: RouterMiddleware {
  typealias Context = SiteContext

  /// Bytes. What fits into one packet gets there no sooner for being shorter.
  private static let least = 1 << 10
  /// Files that everybody gets alike.
  private static let files: Set<String> = ["/style.css", "/.well-known/oauth-authorization-server"]
  private static let hooks = "/crm/rest/v1/hooks"

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard !context.isSpoilt, Self.isOpen(request, context) else { return response }
    let taken = AcceptedCodings(fields: request.headers[values: .acceptEncoding])
    switch response.status {
    case .ok, .created:
      guard Self.isText(response) else { return response }
      response.vary(by: "Accept-Encoding")
      let isLong = (response.body.contentLength ?? 0) >= Self.least
      let isPacked = isLong ? taken.prefersGzip : taken.needsGzip
      if isPacked { try await response.pack() }
    case .notModified:
      response.vary(by: "Accept-Encoding")
      response.nameForm(for: request, taken)
    default: break
    }
    return response
  }

  private static func isOpen(_ request: Request, _ context: SiteContext) -> Bool {
    guard let path = context.endpointPath else { return false }
    guard case .keap = Speech(path: request.uri.path) else { return files.contains(path) }
    return !path.hasPrefix(hooks)
  }

  private static func isText(_ response: Response) -> Bool {
    guard let type = response.headers[.contentType] else { return false }
    return type.hasPrefix("application/json") || type.hasPrefix("text/")
  }
}

extension Response {
  /// The tag of what is sent, or was sent before.
  private var entityTag: EntityTag? {
    guard case .tags(let tags) = EntityTagList(fields: headers[values: .eTag]) else { return nil }
    return tags.first
  }

  /// Leaves the answer as it is where there is no memory to do otherwise.
  fileprivate mutating func pack() async throws {
    let whole = WholeBody()
    try await body.write(whole)
    guard let packed = await Gzip.pack(whole.bytes) else { return }
    body = ResponseBody(byteBuffer: packed)
    headers[.contentEncoding] = "gzip"
    if let entityTag { headers[.eTag] = entityTag.inGzip.text }
  }

  /// Says with a 304 which form of the state is still good: the one that the caller named, and of both the one that it takes. A
  /// cache that has both hands on what the tag says (RFC 9111 section 4.3.4).
  fileprivate mutating func nameForm(for request: Request, _ taken: AcceptedCodings) {
    let named = EntityTagList(fields: request.headers[values: .ifNoneMatch])
    guard let plain = entityTag, case .tags = named, named.names(plain.inGzip) else { return }
    if taken.prefersGzip || !named.names(plain) { headers[.eTag] = plain.inGzip.text }
  }
}
