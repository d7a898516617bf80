import Keeper
import NIOCore
import NIOHTTP1
import Wire

extension ByteBuffer {
  mutating func writeStatusLine(_ code: Int) {
    if code == 200 {
      writeStaticString("HTTP/1.1 200 OK\r\n")
      return
    }
    writeStaticString("HTTP/1.1 ")
    writeString(String(code))
    writeStaticString(" ")
    // The reason phrase of the standard; an upstream's own words in that place have no meaning (RFC 9112 section 4).
    if case let known = HTTPResponseStatus(statusCode: code), known.isStandard { writeString(known.reasonPhrase) }
    writeStaticString("\r\n")
  }
}

extension HTTPResponseStatus {
  fileprivate var isStandard: Bool {
    if case .custom = self { return false }
    return true
  }
}

/// The head of an upstream's answer, judged, and the lines of it that go back to the job.
struct ResponseFields {
  private(set) var lines: ByteBuffer
  let framing: BodyFraming

  /// - Throws: 502, where the answer's length is told twice or its `Location` leads away from the upstream (K32).
  init(
    _ head: HTTPResponseHead, toHead isHead: Bool, route: Route, connection: String, allocator: ByteBufferAllocator
  ) throws(Refusal) {
    lines = allocator.buffer(capacity: 1024)
    let status = Int(head.status.code)
    guard (200...599).contains(status) else { throw .upstreamMalformed(route.origin.description) }
    lines.writeStatusLine(status)
    var length: Int?
    var isChunked = false
    let dropped = head.headers.namedByConnection
    for (name, value) in head.headers {
      switch HeaderTable.response[name] {
      case .pass:
        // What an API says back of the key that it was sent is not the job's to see (K22).
        if let secret = route.keyHeader, name.lowercased() == secret.lowercased() { continue }
        if !dropped.isEmpty, dropped.contains(where: { $0 == name.lowercased() }) { continue }
        lines.writeField(name, value)
      case .contentLength:
        guard length == nil, let number = Int(digits: value) else {
          throw .upstreamMalformed(route.origin.description)
        }
        length = number
      case .transferEncoding:
        guard !isChunked, value.equalsIgnoringCase("chunked") else {
          throw .upstreamMalformed(route.origin.description)
        }
        isChunked = true
      case .location:
        guard let rewritten = Location.rewrite(value, origin: route.origin, connection: connection) else {
          throw .upstreamMalformed(route.origin.description)
        }
        lines.writeField(name, rewritten)
      default: continue
      }
    }
    guard length == nil || !isChunked else { throw .upstreamMalformed(route.origin.description) }
    if isHead || status == 204 || status == 304 {
      framing = .none
      if let length, status != 204 { lines.writeField("content-length", String(length)) }
    } else if let length {
      framing = .length(length)
      lines.writeField("content-length", String(length))
    } else {
      framing = .chunked
    }
  }
}

/// Where an upstream may send a job: back to itself alone, and so through us.
enum Location {
  /// The address in our form, or nil if it leads anywhere else.
  static func rewrite(_ location: String, origin: Origin, connection: String) -> String? {
    guard location.utf8.allSatisfy(\.isPlainInAddress) else { return nil }
    let ours = "/via/\(connection)"
    if location.hasPrefix("//") {
      return rewrite((origin.isTLS ? "https:" : "http:") + location, origin: origin, connection: connection)
    }
    if location.hasPrefix("/") { return ours + location }
    guard let address = AbsoluteURI(location) else {
      let isRelative = !location.prefix(while: { $0 != "/" && $0 != "?" && $0 != "#" }).contains(":")
      return isRelative && !location.contains("..") ? location : nil
    }
    guard let given = Origin(of: location.lowercased()), given.isTLS == origin.isTLS, given.port == origin.port,
      given.host == origin.host.lowercased()
    else { return nil }
    return address.rest.hasPrefix("/") ? ours + address.rest : ours + "/" + address.rest
  }
}
