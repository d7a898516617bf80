import Hummingbird

extension KeeperSite {
  /// Every address of the control plane.
  func routes(_ guardian: HostGuard) -> Router<SiteContext> {
    let router = Router(context: SiteContext.self)
    router.add(middleware: Edge(failure: Self.failure))
    router.add(middleware: KnownMethods())
    router.add(middleware: guardian)
    router.get("/livez") { _, _ in Response(status: .noContent) }
    router.get("/readyz", use: ready)
    router.get("/v1/token/{connection}", use: token)
    router.get("/v1/connections", use: connections)
    console?.add(to: router)
    return router
  }

  static func error(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> Response {
    .json(["error": ["code": .string(code), "message": .string(message)]], status: status)
  }

  private static func failure(_ failure: SiteFailure, _ reference: String) -> Response {
    switch failure.status {
    case .notFound: error(.notFound, "not_found", "There is nothing at this address.")
    case .misdirectedRequest:
      error(.misdirectedRequest, "wrong_host", "This server does not go by that name; call it as 127.0.0.1.")
    case .notImplemented: error(.notImplemented, "not_implemented", "No address here takes this method.")
    case .serviceUnavailable:
      error(.serviceUnavailable, "unavailable", "The keeper's store cannot be used at present; try again later.")
    case let status where status.code >= 500:
      error(status, "internal_error", "Something went wrong here; the log has request \(reference).")
    default: error(failure.status, "bad_request", "The request is not well-formed.")
    }
  }
}
