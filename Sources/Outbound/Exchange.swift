import NIOCore
import NIOHTTP1
import Wire

/// One request as it goes on the wire.
package struct OutboundRequest: Sendable {
  package var method: String
  package var url: OutboundURL
  /// `Host`, `Content-Length` and, unless given, `User-Agent` are added.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]?

  package init(
    _ method: String, _ url: OutboundURL, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

/// A whole answer.
package struct OutboundResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: [UInt8]

  package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first value of a header, whatever its case.
  package subscript(header name: String) -> String? { headers.first(name: name) }
  package var text: String { String(decoding: body, as: UTF8.self) }
}

/// A request on its way through a channel, and who waits for the answer.
struct Exchange: Sendable {
  var request: OutboundRequest
  var deadline: NIODeadline
  /// The longest answer body that is read, in bytes.
  var bodyLimit: Int
  /// How long the connection may wait for its next request; nil closes it with the answer.
  var keptFor: TimeAmount?
  /// Asked right before the first byte leaves: why nothing may be sent, or nil.
  var lateness: @Sendable () -> String?
  var answer: EventLoopPromise<OutboundResponse>

  var head: HTTPRequestHead {
    var headers = HTTPHeaders(request.headers)
    headers.replaceOrAdd(name: "Host", value: request.url.origin.authority)
    if !headers.contains(name: "User-Agent") { headers.add(name: "User-Agent", value: "evergrant") }
    if keptFor == nil { headers.replaceOrAdd(name: "Connection", value: "close") }
    if let body = request.body {
      headers.replaceOrAdd(name: "Content-Length", value: String(body.count))
    } else if ["POST", "PUT", "PATCH"].contains(request.method) {
      headers.replaceOrAdd(name: "Content-Length", value: "0")
    }
    return HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.url.target, headers: headers)
  }
}
