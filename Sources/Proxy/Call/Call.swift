import Keeper
import NIOCore
import NIOHTTP1
import OAuth
import Wire

/// One call: a request of a job, and all that is known of its answer.
final class Call {
  /// Where a call stands. A call begins in `awaitingToken`; refused, it goes on to `answered`.
  enum Phase {
    /// Until a token has come: then `connecting`, or `answered` by us; what is for the bridge goes on to `bridging`.
    case awaitingToken
    /// Until there is a channel: then `calling`, or `answered` by us.
    case connecting
    /// The request goes out and the answer comes in: then `answered`, or `replacing` after a token fault.
    case calling
    /// A 401 was a token fault: waits for a newer token and for the request's end, then `connecting` or `answered`.
    case replacing
    /// A call in XML-RPC: its body comes in, and then the bridge answers, with calls of its own: then `answered`.
    case bridging
    /// The answer is written whole; what is left of the request is thrown away.
    case answered
  }

  let method: HTTPMethod
  let isHTTP10: Bool
  let began: NIODeadline
  let at: Timestamp
  var phase = Phase.awaitingToken
  /// Whether the job's connection can carry another call after this one.
  var keepsAlive: Bool

  /// Whether its key is unknown so far. The key is looked for at each tick until `ProxyLimits.keyPatience` is over, and nothing
  /// of the body is read meanwhile.
  var isForUnknownKey = false
  /// False for a request to the data plane itself, such as `/livez`, which leaves no record.
  var isCall = true
  /// Known once the key was accepted.
  var keyName = ""
  var connection = ""
  var template = ""
  var target: CallTarget?
  var fields: RequestFields?
  /// Where a call in XML-RPC came in, and with which key.
  var bridge: BridgeTarget?
  /// Where the call was going when it began. A call whose connection leads elsewhere after a wait is refused (K22).
  var route: Route?
  var use: UpstreamUse?
  var upstream: UpstreamConnection?
  var token: AccessToken?
  /// The newer token after a token fault: there is one repeat (K23).
  var replacement: AccessToken?

  /// The request's body so far: until a channel takes it, and then for as long as it is small enough to be sent again.
  var kept = ByteBuffer()
  var isKeptWhole = true
  var requestEnded = false
  /// Whether the request was sent a second time because a channel at rest was gone.
  var hasReconnected = false

  /// A 401 that is being judged.
  var held: (head: HTTPResponseHead, body: ByteBuffer)?
  var status = 0
  /// The status of the upstream's answer, once its head has gone on to the job.
  var answer: Int?
  var answerBegun: Bool { answer != nil }
  var answerFraming = BodyFraming.none
  /// Bytes of a fixed answer that have not come yet.
  var answerRemaining = 0

  init(_ head: HTTPRequestHead, began: NIODeadline, at: Timestamp, keepsAlive: Bool) {
    method = head.method
    isHTTP10 = head.version == .http1_0
    self.began = began
    self.at = at
    self.keepsAlive = keepsAlive
  }

  /// The key that the job presented in the head, or in the query where that is taken.
  var presented: Secret? { bridge?.key ?? fields?.credential }

  var isHead: Bool { method == .HEAD }
  var isSafe: Bool { method == .GET || method == .HEAD || method == .OPTIONS }
  /// Whether it may be sent again after a channel closed unanswered, which tells nothing of what was done (K32).
  var onlyReads: Bool { method == .GET || method == .HEAD }
  /// Whether the job waits for our `100 Continue` before it sends its body.
  var isAwaitingLeave: Bool { phase == .awaitingToken && fields?.expectsContinue == true }
  var originName: String { use?.origin.description ?? "" }
  /// Whether any of the request is still to go on. While it is, key, connection and approval are judged again at each tick.
  var isPending: Bool {
    switch phase {
    case .awaitingToken, .connecting, .replacing: true
    case .calling: !requestEnded
    // The bridge's own calls are judged each.
    case .bridging, .answered: false
    }
  }

  /// Whether the whole request is here, to be sent as often as needed.
  var canRepeat: Bool { requestEnded && isKeptWhole }

  func keep(_ bytes: ByteBuffer) {
    if kept.readableBytes == 0 { kept = bytes } else { kept.writeImmutableBuffer(bytes) }
  }

  func stopKeeping() {
    isKeptWhole = false
    kept = ByteBuffer()
  }

  /// The request for the wire, with a token in it.
  func head(with token: AccessToken, on line: UpstreamLine, allocator: ByteBufferAllocator) -> ByteBuffer {
    var head = allocator.buffer(capacity: 1024)
    head.writeString(method.rawValue)
    head.writeStaticString(" ")
    if let target { head.writeSubstring(target.rest) }
    head.writeStaticString(" HTTP/1.1\r\n")
    head.writeString(line.hostLine)
    if let fields { head.writeImmutableBuffer(fields.lines) }
    if let field = route?.tenantField {
      head.writeString(field.name)
      head.writeStaticString(": ")
      head.writeString(field.value)
      head.writeStaticString("\r\n")
    }
    if let name = route?.keyHeader {
      head.writeString(name)
      head.writeStaticString(": ")
    } else {
      head.writeStaticString("authorization: ")
      head.writeString(AuthScheme.bearer.prefix)
    }
    head.writeString(token.secret.exposed)
    head.writeStaticString("\r\n\r\n")
    return head
  }
}
