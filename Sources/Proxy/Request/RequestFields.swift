import NIOCore
import NIOHTTP1
import OAuth
import Wire

/// The head of a request, read once: what the data plane needs of it, and the lines that go on.
struct RequestFields {
  /// The listed fields and the framing, ready for the wire.
  let lines: ByteBuffer
  let framing: BodyFraming
  /// The key that the job presented; nil if it presented none.
  let credential: Secret?
  let expectsContinue: Bool

  /// - Throws: what K32 refuses in a head.
  init(_ head: HTTPRequestHead, allocator: ByteBufferAllocator) throws(Refusal) {
    var lines = allocator.buffer(capacity: 512)
    var hosts = 0
    var framed = FramingFields()
    var credential: String?
    var expects = false
    let dropped = head.headers.namedByConnection
    for (name, value) in head.headers {
      switch HeaderTable.request[name] {
      case .pass:
        if !dropped.isEmpty, dropped.contains(where: { $0 == name.lowercased() }) { continue }
        guard value.isAsItCame else { throw .fieldNotUTF8 }
        lines.writeField(name, value)
      case .host:
        hosts += 1
        guard !value.isEmpty else { throw .hostMissing }
      case .contentLength:
        guard framed.takeLength(value) else { throw .badFraming }
      case .transferEncoding:
        guard framed.takeEncoding(value) else { throw .badFraming }
      case .authorization:
        guard let token = AuthScheme.bearer.word(in: value) else { throw .notBearer }
        guard credential == nil || credential == token else { throw .twoCredentials }
        credential = token
      case .key:
        guard credential == nil || credential == value else { throw .twoCredentials }
        credential = value
      case .expect:
        guard value.equalsIgnoringCase("100-continue") else { throw .unknownExpectation }
        expects = true
      case .upgrade: throw .upgrade
      case .connection, .location, nil: continue
      }
    }
    guard hosts == 1 else { throw .hostMissing }
    framing = framed.framing
    switch framing {
    case .none: break
    case .length(let length):
      lines.writeStaticString("content-length: ")
      lines.writeString(String(length))
      lines.writeStaticString("\r\n")
    case .chunked:
      guard head.version == .http1_1 else { throw .badFraming }
      lines.writeStaticString("transfer-encoding: chunked\r\n")
    }
    self.lines = lines
    self.credential = credential.map { Secret($0) }
    expectsContinue = expects && framing != .none && framing != .length(0) && head.version == .http1_1
  }
}

extension ByteBuffer {
  mutating func writeField(_ name: String, _ value: String) {
    writeString(name)
    writeStaticString(": ")
    writeString(value)
    writeStaticString("\r\n")
  }
}
