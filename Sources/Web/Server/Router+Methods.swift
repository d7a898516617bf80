import Hummingbird

/// What follows from a site's routes: a path that has a GET has a HEAD, each path tells in `Allow` what it takes, and a method that
/// it does not take is refused there, and not as if there were no such path (RFC 9110 sections 9.3.2, 9.3.7 and 15.5.6).
extension Router<SiteContext> {
  /// Refuses a method that a known path does not take.
  ///
  /// - Parameter allowed: the value of `Allow`.
  typealias MethodRefusal = @Sendable (_ request: Request, _ allowed: String) throws -> Response

  /// A table that makes a HEAD of each GET.
  static func withHeads() -> Router<SiteContext> {
    Router(context: SiteContext.self, options: .autoGenerateHeadEndpoints)
  }

  /// Registers what follows from the routes so far. Nothing is to be registered afterwards.
  func complete(refusing refuse: @escaping MethodRefusal) {
    let taken = Dictionary(grouping: routes, by: \.path.description).mapValues { Set($0.map(\.method)) }
    for (path, methods) in taken {
      var methods = methods.union([.options])
      if methods.contains(.get) { methods.insert(.head) }
      let allowed = Self.methods.filter(methods.contains).map(\.rawValue).joined(separator: ", ")
      on(RouterPath(path), method: .options) { _, _ in Response(status: .noContent, headers: [.allow: allowed]) }
      for method in Self.methods + [.trace] where !methods.contains(method) {
        on(RouterPath(path), method: method) { request, _ in try refuse(request, allowed) }
      }
    }
  }

  /// The methods that a path may take, in the order in which `Allow` names them.
  fileprivate static var methods: [HTTPRequest.Method] { [.get, .head, .post, .put, .patch, .delete, .options] }
}

/// Refuses a method that no path takes, which a router would answer as if there were no such path (RFC 9110 section 15.6.2).
struct KnownMethods: RouterMiddleware {
  typealias Context = SiteContext

  private static let known = Set(Router<SiteContext>.methods + [.trace])

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    guard Self.known.contains(request.method) else { throw SiteFailure(.notImplemented, cause: "method") }
    return try await next(request, context)
  }
}
