import Hummingbird
import Issuer

/// Has each call of the API recorded with how it was answered (law P34). It stands in front of the gate, which lets calls in and
/// answers those that are refused; requests that nobody was let in by are none.
struct CallRecorder: RouterMiddleware {
  typealias Context = SiteContext
  var issuer: Issuer
  /// The network address that a request comes from.
  var address: @Sendable (Request, SiteContext) -> String

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    // What the site asks of itself while it answers a call is no call of its own.
    if context.isInner { return try await next(request, context) }
    var context = context
    // A router that has no such address names it by a word of its own.
    let template = context.endpointPath.flatMap { $0.hasPrefix("/") ? $0 : nil }
    let call = ServedCall(
      CallShape(method: request.method.rawValue, template: template), from: address(request, context))
    context.call = call
    do {
      let response = try await next(request, context)
      issuer.record(call, status: response.status.code)
      return response
    } catch {
      issuer.record(call, status: SiteFailure(error).status.code)
      throw error
    }
  }
}
