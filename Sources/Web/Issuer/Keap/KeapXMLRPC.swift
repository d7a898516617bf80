import Bridge
import Contacts
import HTTPTypes
import Hummingbird
import NIOCore
import OAuth
import Wire

/// Keap's XML-RPC, answered by REST v2 as this site speaks it.
struct KeapXMLRPC: Sendable {
  /// The site's routes of REST.
  private let rest: RouterResponder<SiteContext>
  private let memory: BridgeMemory

  init(rest: RouterResponder<SiteContext>, clock: WallClock = .system) {
    self.rest = rest
    memory = BridgeMemory(clock: clock)
  }

  /// Whether calls are taken at a path. A router reads past empty segments, and so does this.
  static func isAt(_ path: String) -> Bool {
    let segments = path.split(separator: "/")
    return Bridge.paths.contains { $0.split(separator: "/") == segments }
  }

  /// A body is read whatever type it says it has, as the bodies of REST are.
  func answer(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let caller = context.caller, let token = try KeapGate.token(in: request) else {
      throw SiteFailure(.unauthorized)
    }
    let body = try await request.bytes(atMost: Bridge.mostBytes)
    let bridge = Bridge(
      upstream: OwnREST(routes: rest, token: token, context: context), account: String(caller.tenantID),
      approval: caller.grantID, caller: caller.grantID, memory: memory)
    let served = context.call
    let reply = try await bridge.answer(body) { served?.carriesOut($0.name) }
    // A token that ended meanwhile is refused as it is in the next call.
    if case .passedOn(let answer) = reply, let fault = KeapFault(body: answer.json) { throw TokenRefused(fault) }
    var response = Response(
      status: .init(code: reply.status), headers: [.contentType: reply.contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    response.headers[.retryAfter] = reply.retryAfter
    return response
  }
}

/// The bridge's way to REST: requests to the site itself, within this process, each with the token of the call at hand. They come
/// in at the gate as any other, so that each is judged and logged like one that came over the network; what is recorded and
/// counted is the call at hand.
private struct OwnREST: BridgeUpstream {
  var routes: RouterResponder<SiteContext>
  var token: Secret
  var context: SiteContext

  func send(_ request: BridgeRequest) async throws -> BridgeAnswer {
    guard let method = HTTPRequest.Method(request.method) else { throw SiteFailure(.notImplemented) }
    let head = HTTPRequest(
      method: method, scheme: nil, authority: nil, path: request.target,
      headerFields: [.authorization: "Bearer \(token.exposed)"])
    let body = request.body.map { ByteBuffer(bytes: $0.serialized()) } ?? ByteBuffer()
    let response = try await routes.respond(
      to: Request(head: head, body: RequestBody(buffer: body)), context: SiteContext(within: context))
    let answer = WholeBody()
    try await response.body.write(answer)
    return BridgeAnswer(
      status: response.status.code, json: (try? JSON.parse(answer.bytes.readableBytesView)) ?? .null,
      retryAfter: response.headers[.retryAfter])
  }
}

/// The body of an answer, which nobody waits to read bit by bit.
final class WholeBody: ResponseBodyWriter {
  private(set) var bytes = ByteBuffer()

  func write(_ buffer: ByteBuffer) { bytes.writeImmutableBuffer(buffer) }

  func finish(_ trailingHeaders: HTTPFields?) {}
}
