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
    var framed = FramingFields()
    let dropped = head.headers.namedByConnection
    for (name, value) in head.headers {
      switch HeaderTable.response[name] {
      case .pass:
        // A field of the name under which the key is sent could show it to the job, so it does not pass (K22).
        if let secret = route.keyHeader, name.lowercased() == secret.lowercased() { continue }
        if !dropped.isEmpty, dropped.contains(where: { $0 == name.lowercased() }) { continue }
        if value.isAsItCame { lines.writeField(name, value) }
      case .contentLength:
        guard framed.takeLength(value) else { throw .upstreamMalformed(route.origin.description) }
      case .transferEncoding:
        guard framed.takeEncoding(value) else { throw .upstreamMalformed(route.origin.description) }
      case .location:
        guard let rewritten = Location.rewrite(value, origin: route.origin, connection: connection) else {
          throw .upstreamMalformed(route.origin.description)
        }
        lines.writeField(name, rewritten)
      default: continue
      }
    }
    let length = if case .length(let length) = framed.framing { length } else { nil as Int? }
    if let length, status != 204 { lines.writeField("content-length", String(length)) }
    framing = isHead || status == 204 || status == 304 ? .none : length.map(BodyFraming.length) ?? .chunked
  }
}

/// Where an upstream may send a job: back to itself alone, and so through us.
enum Location {
  /// The address in our form, or nil if it leads anywhere else.
  static func rewrite(_ location: String, origin: Origin, connection: String) -> String? {
    guard location.utf8.allSatisfy(\.isPlainInAddress), !climbs(location) else { return nil }
    let ours = "/via/\(connection)"
    if location.hasPrefix("//") {
      return rewrite((origin.isTLS ? "https:" : "http:") + location, origin: origin, connection: connection)
    }
    if location.hasPrefix("/") { return ours + location }
    guard let address = AbsoluteURI(location) else {
      let isRelative = !location.prefix(while: { $0 != "/" && $0 != "?" && $0 != "#" }).contains(":")
      return isRelative ? location : nil
    }
    guard let given = Origin(of: location.lowercased()), given.isTLS == origin.isTLS, given.port == origin.port,
      given.host == origin.host.lowercased()
    else { return nil }
    return address.rest.hasPrefix("/") ? ours + address.rest : ours + "/" + address.rest
  }

  /// Whether a step up is in the path, by which a job's client would leave our form of the address (RFC 3986 section 5.2.4). A
  /// dot may be escaped: clients of the WHATWG's rules take `%2e` for one.
  private static func climbs(_ location: String) -> Bool {
    location.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").contains { segment in
      segment.utf8.count <= 6 && segment.lowercased().replacing("%2e", with: ".") == ".."
    }
  }
}
