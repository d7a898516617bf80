import Bridge
import Foundation
import Keeper
import NIOCore
import NIOHTTP1
import NIOPosix
import OAuth
import Wire

/// A call that the bridge makes for a job, as the job could have made it: it comes in as any other, with the job's key, and is
/// judged, given a token, repeated after a 401 and recorded like any other.
final class OwnCall {
  /// Where the connection led when the job's call began. What was read of one tenant must not be written to another.
  private let passage: Passage
  let errand: Errand
  /// What the call was refused for by us, if it was.
  var refusal: Refusal?

  init(for errand: Errand, passage: Passage) {
    self.errand = errand
    self.passage = passage
  }

  func require(_ now: Passage) throws(Refusal) {
    guard !errand.isGivenUp else { throw .jobGone }
    guard now.route == passage.route, now.epoch == passage.epoch else { throw .connectionChanged }
  }
}

/// The bridge's way to REST: through the data plane itself.
struct OwnCalls: BridgeUpstream {
  let plane: NIOLoopBound<LoopPlane>
  let errand: NIOLoopBound<Errand>
  let key: Secret
  let connection: String
  let passage: Passage

  /// - Throws: ``Refusal``, where the data plane let the call not through or had no whole answer. What the key does not allow
  ///   is answered as REST answers what it does not allow: the job never said what of REST it needs, and is told.
  func send(_ request: BridgeRequest) async throws -> BridgeAnswer {
    try Task.checkCancellation()
    let body = request.body.map { ByteBuffer(bytes: $0.serialized()) }
    var headers: HTTPHeaders = [
      "host": "bridge", "x-api-key": key.exposed, "accept": "application/json", "connection": "close",
    ]
    if let body {
      headers.add(name: "content-type", value: "application/json")
      headers.add(name: "content-length", value: String(body.readableBytes))
    } else if request.method != "GET" {
      headers.add(name: "content-length", value: "0")
    }
    let head = HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: "/via/\(connection)\(request.target)",
      headers: headers)
    let answer: OwnAnswer
    do {
      answer = try await plane.eventLoop.flatSubmit { [plane, errand, passage] in
        plane.value.callItself(head, body, OwnCall(for: errand.value, passage: passage))
      }.get()
    } catch let refusal as Refusal where refusal == .notAllowed {
      let words = "The API key does not allow what this call makes of REST; ask the operator for a key that does"
      return BridgeAnswer(status: 403, json: ["message": .string(words)])
    }
    return BridgeAnswer(
      status: answer.status, json: (try? JSON.parse(answer.body.readableBytesView)) ?? .null,
      retryAfter: answer.retryAfter)
  }
}

/// An answer to a call of the bridge's own, as it came.
struct OwnAnswer: Sendable {
  /// As much as JSON is read of.
  static let mostBytes = 8 << 20

  var status: Int
  var retryAfter: String?
  var body = ByteBuffer()
}

extension LoopPlane {
  /// Makes a call to itself over a pair of sockets, with no address and no TLS between.
  func callItself(_ head: HTTPRequestHead, _ body: ByteBuffer?, _ own: OwnCall) -> EventLoopFuture<OwnAnswer> {
    guard !isOver, let (inner, outer) = SocketPair.open() else { return loop.makeFailedFuture(Refusal.connectionLimit) }
    let promise = loop.makePromise(of: OwnAnswer.self)
    let bound = NIOLoopBound((plane: self, own: own), eventLoop: loop)
    let served = ClientBootstrap(group: loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try bound.value.plane.serve(channel, own: bound.value.own) }
      }
      .withConnectedSocket(inner)
    let called = ClientBootstrap(group: loop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(OwnCallHandler(head, body, bound.value.own, promise))
        }
      }
      .withConnectedSocket(outer)
    served.and(called).whenFailure { _ in promise.fail(Refusal.connectionLimit) }
    return promise.futureResult
  }
}

/// The bridge's end of a call to ourselves: sends it and takes the whole answer.
private final class OwnCallHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let head: HTTPRequestHead
  private let body: ByteBuffer?
  private let own: OwnCall
  private var promise: EventLoopPromise<OwnAnswer>?
  private var answer: OwnAnswer?

  init(_ head: HTTPRequestHead, _ body: ByteBuffer?, _ own: OwnCall, _ promise: EventLoopPromise<OwnAnswer>) {
    self.head = head
    self.body = body
    self.own = own
    self.promise = promise
  }

  func channelActive(context: ChannelHandlerContext) {
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      answer = OwnAnswer(status: Int(head.status.code), retryAfter: head.headers.first(name: "retry-after"))
    case .body(let bytes):
      answer?.body.writeImmutableBuffer(bytes)
      guard let size = answer?.body.readableBytes, size > OwnAnswer.mostBytes else { return }
      end(context, .failure(.upstreamMalformed("the other side")))
    case .end:
      guard let answer else { return }
      end(context, own.refusal.map(Result.failure) ?? .success(answer))
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(context, .failure(own.refusal ?? .upstreamClosed("the other side")))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end(context, .failure(own.refusal ?? .upstreamMalformed("the other side")))
  }

  private func end(_ context: ChannelHandlerContext, _ result: Result<OwnAnswer, Refusal>) {
    guard let promise else { return }
    self.promise = nil
    promise.completeWith(result.mapError { $0 as any Error })
    context.close(promise: nil)
  }
}

/// Two sockets that are each other's ends.
private enum SocketPair {
  static func open() -> (NIOBSDSocket.Handle, NIOBSDSocket.Handle)? {
    var pair: [Int32] = [-1, -1]
    #if os(Linux)
      let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    #else
      let type = SOCK_STREAM
    #endif
    guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { return nil }
    return (pair[0], pair[1])
  }
}
