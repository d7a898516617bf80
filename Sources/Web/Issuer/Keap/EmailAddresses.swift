import Contacts
import Hummingbird
import Issuer
import Wire

/// What an address has consented to or refused, in REST v1 and v2.
extension KeapAPI {
  func readEmailStatusV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(try await issuer.emailStatus(email(context), by: caller(context)).v2)
  }

  func changeEmailStatusV1(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(try await changeEmailStatus(request, context, .v1).v1)
  }

  func changeEmailStatusV2(_ request: Request, _ context: SiteContext) async throws -> Response {
    .json(try await changeEmailStatus(request, context, .v2).v2)
  }

  private func changeEmailStatus(
    _ request: Request, _ context: SiteContext, _ dialect: KeapDialect
  ) async throws -> EmailStatus {
    let change = try EmailStatusChange(from: try await json(request), dialect: dialect)
    return try await issuer.changeEmailStatus(of: email(context), change, by: caller(context))
  }

  /// The address in the path, which a client encodes more or less of.
  private func email(_ context: SiteContext) throws(KeapRefusal) -> String {
    guard let text = context.parameters.get("email"), let email = PercentEncoding.decode(text.utf8) else {
      throw KeapRefusal(.badRequest, "The e-mail address is not well-formed")
    }
    return email
  }
}
