import Contacts
import HTTPTypes
import Hummingbird
import Issuer
import NIOCore
import OAuth
import Wire

/// The outermost layer of an issuer that rehearses: the one place where something goes wrong on purpose (law P27). What it
/// does, it does to the answer, or instead of one. A browser that asks before it calls is left alone.
struct FaultEdge: RouterMiddleware {
  typealias Context = SiteContext

  /// As much of a request to the token endpoint as is read here.
  private static let longestForm = 16 << 10

  var plan: FaultPlan
  /// What is answered here has the fields that this gives to every other answer.
  var edge: Edge

  func handle(
    _ request: Request, context: SiteContext, next: (Request, SiteContext) async throws -> Response
  ) async throws -> Response {
    guard !context.isInner, request.method != .options, let place = Fault.Place(path: request.uri.path) else {
      return try await next(request, context)
    }
    var request = request
    let visit = try await visit(&request, place)
    let asked: Fault?
    do { asked = try self.asked(request) } catch {
      let refusal = Response.plain(error.description, status: .badRequest)
      return try await edge.handle(request, context: context) { _, _ in refusal }
    }
    let fault = asked ?? visit?.fault ?? plan.schedule?.fault(at: place, now: plan.clock.now())
    if let fault { context.logger.notice("something goes wrong on purpose", metadata: ["fault": "\(fault)"]) }
    let response: Response
    if let refusal = fault?.refusal {
      response = try await edge.handle(request, context: context) { _, _ in refusal }
    } else {
      var context = context
      context.isSpoilt = fault != nil
      response = try await next(request, context)
    }
    if let visit { plan.rehearsal?.answered(visit, response.status.code) }
    return try await fault?.worsened(response, context, plan.clock) ?? response
  }

  private func visit(_ request: inout Request, _ place: Fault.Place) async throws -> Sighting? {
    guard let rehearsal = plan.rehearsal else { return nil }
    guard place == .token else { return await rehearsal.arrives(at: place) }
    // One that is longer is refused further in, and here it brings nothing.
    let length = request.headers[.contentLength].flatMap { Int(digits: $0) } ?? .max
    guard length <= Self.longestForm else { return await rehearsal.arrives(at: place) }
    let bytes = Array(try await request.collectBody(upTo: Self.longestForm).readableBytesView)
    let fields = String(validating: bytes, as: UTF8.self).flatMap { FormFields(parsing: $0) }
    return await rehearsal.arrives(at: place, fields)
  }

  /// A word in the header that is no fault.
  private struct Unknown: Error {
    let description =
      "X-Evergrant-Fault is one of: \(Fault.words)."
  }

  private func asked(_ request: Request) throws(Unknown) -> Fault? {
    guard plan.obeysRequests, let word = request.headers[.evergrantFault] else { return nil }
    guard let fault = Fault(word) else { throw Unknown() }
    return fault
  }
}

extension Fault.Place {
  /// Nil for a path at which nothing goes wrong on purpose. A router reads past empty segments, and so does this.
  init?(path: String) {
    let path = "/" + path.split(separator: "/").joined(separator: "/")
    switch Speech(path: path) {
    case .keap: self = .api
    case .oauth where ["/oauth/token", "/token"].contains(path): self = .token
    case .oauth, .page: return nil
    }
  }
}

extension Fault {
  /// What is answered in place of the request being carried out; nil where it is.
  fileprivate var refusal: Response? {
    switch self {
    case .failure(let status):
      return .json(
        ["fault": ["faultstring": "The service failed, on purpose"]], status: HTTPResponse.Status(code: status))
    case .page:
      var response = Response.plain("<html><body><h1>502 Bad Gateway</h1></body></html>\n", status: .badGateway)
      response.headers[.contentType] = "text/html"
      return response
    case .throttled(let seconds):
      var response = Response.json(KeapOveruse.quota.body, status: .tooManyRequests)
      response.headers[.retryAfter] = seconds.map(String.init)
      return response
    case .drop, .cut, .empty, .slow, .skew: return nil
    }
  }

  /// What becomes of an answer on its way out.
  fileprivate func worsened(_ response: Response, _ context: SiteContext, _ clock: WallClock) async throws -> Response {
    switch self {
    case .drop: return try await dropped(response, context)
    case .cut:
      let whole = WholeBody()
      try await response.body.write(whole)
      let length = whole.bytes.readableBytes
      guard length > 0, let half = whole.bytes.getSlice(at: whole.bytes.readerIndex, length: (length + 1) / 2) else {
        return try await dropped(response, context)
      }
      var cut = response
      cut.body = ResponseBody(contentLength: length) { writer in
        try await writer.write(half)
        throw BrokenOff()
      }
      return cut
    case .empty:
      var fields = response.headers
      for name in [HTTPField.Name.contentType, .contentLength, .contentEncoding] { fields[name] = nil }
      return Response(status: .ok, headers: fields)
    case .slow(let span):
      try await clock.sleep(span)
      return response
    case .skew(let span):
      let whole = WholeBody()
      try await response.body.write(whole)
      guard case .object(var members)? = try? JSON.parse(whole.bytes.readableBytesView),
        let lifetime = members["expires_in"]?.integer
      else { return response }
      members["expires_in"] = .integer(lifetime + span.components.seconds)
      var skewed = response
      skewed.body = Response.json(.object(members)).body
      return skewed
    case .failure, .page, .throttled: return response
    }
  }

  private func dropped(_ response: Response, _ context: SiteContext) async throws -> Response {
    try? await context.channel?.close().get()
    // It goes nowhere: the connection that it is for is closed.
    return response
  }
}

/// Ends a connection in the middle of an answer.
private struct BrokenOff: Error {}

extension Response {
  fileprivate static func plain(_ text: String, status: HTTPResponse.Status) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain;charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension HTTPField.Name {
  static let evergrantFault = known("x-evergrant-fault")
}
