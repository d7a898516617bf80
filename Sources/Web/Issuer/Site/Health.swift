import Hummingbird
import Issuer
import OAuth

/// Whether the issuer lives and can serve, and the one file that its pages need.
extension IssuerSite {
  /// Asks the store for a session that cannot exist: ready means that it answers.
  func ready(_ request: Request, _ context: SiteContext) async throws -> Response {
    _ = try await issuer.session(Credential.session.spell([UInt8](repeating: 0, count: Secret.randomByteCount)))
    return Response(status: .noContent)
  }

  func style(_ request: Request, _ context: SiteContext) -> Response { .style(pages) }
}
