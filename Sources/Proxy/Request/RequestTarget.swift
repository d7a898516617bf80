import Wire

/// What the first line of a request points at, judged on the very bytes that go on to the upstream (K32).
enum RequestTarget: Equatable {
  case livez
  case call(CallTarget)
  /// A call in XML-RPC, which the bridge answers.
  case bridge(BridgeTarget)
  case unknown

  init(_ text: String) throws(Refusal) {
    var text = text
    let parts = try text.withUTF8 { Scan.result($0) }.get()
    let bytes = text.utf8
    let at = { (offset: Int) in bytes.index(bytes.startIndex, offsetBy: offset) }
    let query = parts.hasQuery ? text[at(parts.pathEnd + 1)...] : ""
    guard let restStart = parts.restStart else {
      let path = text[..<at(parts.pathEnd)]
      let bridge = try BridgeTarget(path: path, query: query)
      self = path == "/livez" ? .livez : bridge.map(RequestTarget.bridge) ?? .unknown
      return
    }
    try Self.refuseCredentials(in: query)
    let path = text[at(restStart)..<at(parts.pathEnd)]
    guard !BridgeTarget.isDoor(path) else { throw .bridgedElsewhere }
    self = .call(
      CallTarget(
        connection: String(text[at(Self.prefix.utf8CodeUnitCount)..<at(restStart)]), path: String(path),
        rest: text[at(restStart)...]))
  }

  static let prefix: StaticString = "/via/"

  private static let credentialNames: Set = ["access_token", "api_key", "apikey", "x-api-key", "x-keap-api-key"]

  /// - Parameter taken: the name of one that may stand there.
  static func refuseCredentials(in query: Substring, but taken: String? = nil) throws(Refusal) {
    for parameter in query.utf8.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }) {
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      let plain = PercentEncoding.decodeForm(name)?.lowercased() ?? ""
      guard !credentialNames.contains(plain) || plain == taken else { throw .credentialInQuery }
    }
  }
}

/// A call to a connection's upstream.
struct CallTarget: Equatable {
  var connection: String
  /// Below the connection, without the query.
  var path: String
  /// Path and query, byte for byte as they were sent.
  var rest: Substring
}

/// Where the parts of a target lie, found in one pass that refuses every spelling two programs could read differently.
private struct Scan {
  /// Where the path below `/via/{connection}` begins; nil where the target has no such form.
  var restStart: Int?
  var pathEnd: Int
  var hasQuery = false

  static func result(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<Scan, Refusal> {
    do throws(Refusal) { return .success(try Scan(bytes)) } catch { return .failure(error) }
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Refusal) {
    guard bytes.first == UInt8(ascii: "/") else { throw .notOriginForm }
    pathEnd = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
    hasQuery = pathEnd < bytes.count
    for byte in bytes where !byte.isVisibleASCII || byte == UInt8(ascii: "#") { throw .ambiguousPath }
    var segment = 1
    for index in 0..<pathEnd {
      switch bytes[index] {
      case UInt8(ascii: "\\"): throw .ambiguousPath
      case UInt8(ascii: "%"): try Self.judgeEscape(bytes, at: index, end: pathEnd)
      case UInt8(ascii: "/") where index > 0:
        try Self.judgeSegment(bytes[segment..<index], isLast: false)
        segment = index + 1
      default: break
      }
    }
    try Self.judgeSegment(bytes[segment..<pathEnd], isLast: true)
    restStart = Self.restStart(bytes, pathEnd: pathEnd)
  }

  private static func judgeEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, end: Int) throws(Refusal) {
    guard index + 2 < end, let high = bytes[index + 1].hexDigit, let low = bytes[index + 2].hexDigit else {
      throw .ambiguousPath
    }
    switch high << 4 | low {
    case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "."), 0: throw .ambiguousPath
    default: return
    }
  }

  private static func judgeSegment(_ segment: Slice<UnsafeBufferPointer<UInt8>>, isLast: Bool) throws(Refusal) {
    guard let first = segment.first else {
      if isLast { return }
      throw .ambiguousPath
    }
    guard first == UInt8(ascii: ".") else { return }
    // Some servers cut a segment's parameters off before they look at its dots.
    let name = segment.prefix { $0 != UInt8(ascii: ";") }
    if name.count <= 2, name.allSatisfy({ $0 == UInt8(ascii: ".") }) { throw .ambiguousPath }
  }

  private static func restStart(_ bytes: UnsafeBufferPointer<UInt8>, pathEnd: Int) -> Int? {
    let prefix = RequestTarget.prefix.utf8CodeUnitCount
    guard pathEnd > prefix, RequestTarget.prefix.withUTF8Buffer({ bytes.starts(with: $0) }) else { return nil }
    guard let slash = bytes[prefix..<pathEnd].firstIndex(of: UInt8(ascii: "/")), slash > prefix else { return nil }
    return slash
  }
}
