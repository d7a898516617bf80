import Foundation
import Keeper
import NIOCore
import OAuth

/// An answer of our own to a call that does not go on: what happened, and what to do.
struct Refusal: Error, Equatable {
  var status: Int
  var code: String
  var message: String
  /// Seconds.
  var retryAfter: Int?
  /// The request's end cannot be known, or must not be waited for.
  var closes = false

  init(_ status: Int, _ code: String, _ message: String, retryAfter: Int? = nil, closes: Bool = false) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
    self.closes = closes
  }
}

extension Refusal {
  static let unreadable = Refusal(
    400, "malformed_request", "This is not a well-formed HTTP/1.1 request; send it with an HTTP library.", closes: true)
  static let headTooLarge = Refusal(
    431, "head_too_large", "The head of the request is over 16 KiB; send fewer or shorter header fields.", closes: true)
  static let headTooSlow = Refusal(
    408, "head_too_slow", "The head of the request did not arrive in time; send it at once.", closes: true)
  static let bodyTooSlow = Refusal(
    408, "body_too_slow", "The body of the request arrived too slowly; send it without pauses.", closes: true)
  static let badFraming = Refusal(
    400, "ambiguous_length",
    "The length of the body is told twice or in an unknown way; send one Content-Length or Transfer-Encoding: chunked.",
    closes: true)
  static let hostMissing = Refusal(
    400, "host_missing", "The request must have exactly one Host header with a value.", closes: true)
  static let notOriginForm = Refusal(
    400, "absolute_form", "The request must name a path that begins with a slash, not a whole address.", closes: true)
  static let fieldNotUTF8 = Refusal(
    400, "field_not_utf8",
    "A header field of the request is not UTF-8 and cannot be passed on as it is; send its value in ASCII or UTF-8.")
  static let ambiguousPath = Refusal(
    400, "ambiguous_path",
    "The path has a dot segment, an empty segment, an escaped slash, dot or NUL, or a character that must be escaped; "
      + "send it in its plain form.")
  static let upgrade = Refusal(
    400, "upgrade_refused", "No other protocol is spoken here; send the request without an Upgrade header.",
    closes: true)
  static let unknownExpectation = Refusal(
    417, "unknown_expectation", "The only expectation that is met here is 100-continue.", closes: true)
  static let methodRefused = Refusal(
    405, "method_refused", "The methods that pass are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS.", closes: true)
  static let twoCredentials = Refusal(
    400, "two_credentials",
    "The request carries two different credentials; send the API key in one header only.")
  static let credentialInQuery = Refusal(
    400, "credential_in_query",
    "A credential stands in the query, where logs would keep it; send the API key in the header X-API-Key.")
  static let credentialInRequest = Refusal(
    400, "credential_in_request",
    "An API key stands in the address or in a header field that goes on to the API, where it must not come; send it in the "
      + "header X-API-Key alone.")
  static let notBearer = Refusal(
    401, "key_missing", "The Authorization header is no Bearer; send the API key as Authorization: Bearer or X-API-Key."
  )
  static let keyMissing = Refusal(
    401, "key_missing", "The call carries no API key; send it as Authorization: Bearer or X-API-Key.")
  static let bridgedKeyMissing = Refusal(
    401, "key_missing",
    "The call carries no API key of this keeper: its first argument is none, and neither a header nor access_token has one; "
      + "ask the operator for one (evergrant key add).")
  static let keyUnknown = Refusal(
    401, "key_unknown", "The API key is unknown, revoked or over; ask the operator for a new one (evergrant key add).")
  static let connectionDenied = Refusal(
    403, "connection_denied", "The API key is not for this connection; use the connection that it was made for.")
  static let notAllowed = Refusal(
    403, "not_allowed", "The API key does not allow this method and path; ask the operator for a key that names them.")
  static let noSuchPath = Refusal(
    404, "no_such_path",
    "There is nothing at this path; calls go to /via/{connection}/{path of the API}, such as "
      + "/via/shop/crm/rest/v2/contacts.")
  static let bridgedElsewhere = Refusal(
    404, "no_such_path",
    "XML-RPC is answered at /crm/xmlrpc/v1 and /crm/xmlrpc/v1/{connection}, and does not pass below /via, where a key in the call "
      + "would go on to the API.")
  static let bridgeWantsPost = Refusal(
    405, "method_refused", "A call in XML-RPC is a POST.", closes: true)
  static let bridgedTooLarge = Refusal(
    413, "body_too_large",
    "A call in XML-RPC has at most a mebibyte, and 64 KiB where its key stands in the body; send the key in a header, or less "
      + "at once.")
  static let connectionLimit = Refusal(
    503, "too_many_connections", "Too many connections are open; close idle ones and try again.", retryAfter: 1,
    closes: true)
  static let errandLimit = Refusal(
    503, "too_many_calls",
    "As many calls in XML-RPC are under way as may be, of this API key or of all; one whose job did not wait for its answer "
      + "counts until it has ended. Nothing was done for this call: wait for answers, and send it again.",
    retryAfter: 1)
  /// Told to nobody, and kept on record.
  static let jobGone = Refusal(499, "job_gone", "The job went before its call was made of the API; nothing was sent.")
  static let tokenUnusable = Refusal(
    502, "token_unusable", "The provider's access token is not one that a header can carry; connect again.")
  static let connectionChanged = Refusal(
    503, "connection_changed", "The connection was changed while this call waited; send it again.",
    retryAfter: 1)
  static let tokenLate = Refusal(
    503, "token_late", "No access token came in time; try again, and see what the status command says.", retryAfter: 10)

  static func upstreamUnreachable(_ origin: String, _ reason: String) -> Refusal {
    Refusal(
      502, "upstream_unreachable",
      "The API at \(origin) cannot be reached (\(reason)); nothing was sent, try again later.")
  }
  static func upstreamClosed(_ origin: String) -> Refusal {
    Refusal(
      502, "upstream_closed",
      "The API at \(origin) ended the connection without an answer; whether it did the work is unknown.")
  }
  static func upstreamMalformed(_ origin: String) -> Refusal {
    Refusal(
      502, "upstream_malformed",
      "The API at \(origin) gave an answer that cannot be passed on safely; whether it did the work is unknown."
    )
  }
  static func upstreamLate(_ origin: String) -> Refusal {
    Refusal(
      504, "upstream_late", "The API at \(origin) did not answer in time; whether it did the work is unknown.")
  }
}

extension Refusal {
  /// Why the keeper has no token, in its own words.
  init(_ reason: TokenUnavailable) {
    self =
      switch reason {
      case .needsApproval(let sentence): Refusal(403, "needs_approval", sentence)
      // Waiting does not mend it, so no `Retry-After` asks for that.
      case .paused(let sentence): Refusal(403, "paused", sentence)
      case .temporarily(let sentence, let seconds): Refusal(503, "token_unavailable", sentence, retryAfter: seconds)
      case .noSuchConnection: .connectionDenied
      case .notStale: .tokenLate
      }
  }
}

extension Refusal {
  private struct Body: Encodable {
    struct Problem: Encodable { var code, message: String }
    var error: Problem
  }

  /// The body as JSON.
  var body: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = try? encoder.encode(Body(error: .init(code: code, message: message)))
    return json.map(Array.init) ?? Array(#"{"error":{"code":"internal","message":"see the log"}}"#.utf8)
  }

  /// The whole answer for the wire.
  func write(to buffer: inout ByteBuffer, isHead: Bool, keepAlive: Bool) {
    let body = body
    buffer.writeStatusLine(status)
    buffer.writeStaticString("content-type: application/json\r\ncache-control: no-store\r\n")
    buffer.writeField("content-length", String(body.count))
    if status == 401 { buffer.writeField("www-authenticate", BearerChallenge().headerValue) }
    if let retryAfter { buffer.writeField("retry-after", String(retryAfter)) }
    if !keepAlive { buffer.writeStaticString("connection: close\r\n") }
    buffer.writeStaticString("\r\n")
    if !isHead { buffer.writeBytes(body) }
  }
}
