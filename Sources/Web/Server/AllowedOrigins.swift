import HTTPTypes
import Hummingbird
import Wire

/// The origins whose pages may call what programs call, by the CORS protocol of the Fetch standard.
///
/// No answer lets a page send cookies along or names every origin, so a page acts by the token that it brings and by nothing
/// else. Pages of ours are open to no other origin: `isOpen` says which paths are.
struct AllowedOrigins: Sendable {
  var origins: Set<String> = []
  /// What a request may bring beside what every server takes.
  var alsoTaken: [String] = []
  /// Whether a path is one that programs call.
  var isOpen: @Sendable (_ path: String) -> Bool = { _ in false }

  /// The answer to a browser that asks before it calls. It tells what may be sent at all and not which paths there are: nobody
  /// has said yet who calls.
  func preflight(_ request: Request) -> Response? {
    guard request.method == .options, request.headers[.accessControlRequestMethod] != nil, origin(of: request) != nil
    else { return nil }
    return Response(
      status: .noContent,
      headers: [
        .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
        .accessControlAllowHeaders:
          (["Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Keap-API-Key"]
          + alsoTaken).joined(separator: ", "),
        .accessControlMaxAge: "600",
      ])
  }

  /// Lets the page that asked read an answer.
  func open(_ response: inout Response, to request: Request) {
    guard !origins.isEmpty, isOpen(request.uri.path) else { return }
    response.vary(by: "Origin")
    guard let origin = origin(of: request) else { return }
    response.headers[.accessControlAllowOrigin] = origin
    // What Keap tells of its limits has many names, and an answer has a few of them.
    let limits = response.headers.map(\.name.rawName).filter { $0.hasPrefix("x-keap-") }
    response.headers[.accessControlExposeHeaders] = (Self.readable + limits).joined(separator: ", ")
  }

  /// The fields that a page may read, beside those that every page may.
  private static let readable = [
    "Accept-Encoding", "Allow", "ETag", "Idempotent-Replayed", "Retry-After", "WWW-Authenticate", "X-Request-ID",
  ]

  /// The origin that a request says it comes from, where it may call.
  private func origin(of request: Request) -> String? {
    guard isOpen(request.uri.path), let origin = request.headers[.origin], origins.contains(origin) else { return nil }
    return origin
  }
}

extension Response {
  /// Says that the answer depends on a field of the request.
  mutating func vary(by name: String) {
    headers[.vary] = headers[.vary].map { "\($0), \(name)" } ?? name
  }
}
