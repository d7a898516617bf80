import Contacts
import Hummingbird
import Issuer

/// Why a call is refused, in words that both versions can carry.
struct KeapRefusal: Error {
  var status: HTTPResponse.Status
  var message: String
  /// In seconds, for what may be asked again later.
  var retryAfter: Int?

  init(_ status: HTTPResponse.Status, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Nil for a fault that is ours and not the caller's.
  init?(_ fault: ContactFault?) {
    switch fault {
    case .notFound: self.init(.notFound, "Unable to find this Contact")
    case .missing(let record): self.init(.notFound, "Unable to find this \(record.rawValue)")
    case .nameTaken(let record): self.init(.conflict, "There is a \(record.rawValue) with this name already")
    case .conflict(let message): self.init(.conflict, message)
    case .changed:
      self.init(.preconditionFailed, "The record is not in the state that If-Match or If-None-Match asks for")
    case .invalid(let message): self.init(.badRequest, message)
    case .keyInUse: self.init(.conflict, "A request with this Idempotency-Key is being carried out; ask again later")
    case .keyTaken: self.init(.unprocessableContent, "This Idempotency-Key was another request's; send a new one")
    case .tooMany(let message, retryAfter: let seconds):
      self.init(.tooManyRequests, message)
      retryAfter = seconds
    case .accessEnded, .unavailable, nil: return nil
    }
  }

  init(_ failure: SiteFailure) {
    status = failure.status
    message =
      switch failure.status {
      case .notFound: "Resource not found"
      case .methodNotAllowed: "Method not allowed"
      case .contentTooLarge: "The request body is too long"
      case .serviceUnavailable: "The service is unavailable, try again later"
      case let status where status.code >= 500: "Unexpected error"
      default: "The request is not well-formed"
      }
  }
}

extension KeapDialect {
  func response(_ refusal: KeapRefusal, _ request: Request) -> Response {
    // A HEAD is answered as the GET would be. Keap names the resource without the prefix of its gateway.
    let method = request.method == .head ? .get : request.method
    let resource = "\(method) \(request.uri.path.replacing("/crm", with: "", maxReplacements: 1))"
    var response = Response.json(
      error(refusal.status.code, refusal.message, resource: resource), status: refusal.status)
    if let seconds = refusal.retryAfter { response.headers[.retryAfter] = String(seconds) }
    return response
  }
}
