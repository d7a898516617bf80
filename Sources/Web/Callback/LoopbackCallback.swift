import NIOCore
import NIOHTTP1
import NIOPosix
import OAuth

/// The redirect URI of a program: waits on loopback for the browser that comes back from an approval (RFC 8252 section
/// 7.3).
package final class LoopbackCallback: Sendable {
  package static let path = "/callback"

  /// Why nothing came back, in a sentence that says what to do.
  package struct Failure: Error, Sendable, CustomStringConvertible { package var description: String }

  package let port: Int
  package var redirectURI: String { "http://127.0.0.1:\(port)\(Self.path)" }
  private let channel: any Channel
  private let arrivals: AsyncStream<FormFields>

  /// Starts to listen.
  ///
  /// - Parameter port: 0 takes any free one.
  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package static func listen(port: Int = 0) async throws(ListenRefusal) -> LoopbackCallback {
    let (arrivals, arrival) = AsyncStream.makeStream(of: FormFields.self, bufferingPolicy: .bufferingOldest(1))
    do {
      let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { child in
          child.eventLoop.makeCompletedFuture {
            try child.pipeline.syncOperations.configureHTTPServerPipeline()
            try child.pipeline.syncOperations.addHandler(CallbackHandler { arrival.yield($0) })
          }
        }
        .bind(host: "127.0.0.1", port: port).get()
      return LoopbackCallback(channel: channel, port: channel.localAddress?.port ?? port, arrivals: arrivals)
    } catch {
      throw ListenRefusal(error, host: "127.0.0.1", port: port)
    }
  }

  private init(channel: any Channel, port: Int, arrivals: AsyncStream<FormFields>) {
    self.channel = channel
    self.port = port
    self.arrivals = arrivals
  }

  /// Waits for the first request that has a `state`, answers it with a page, and stops to listen.
  ///
  /// - Throws: ``Failure`` when nothing has come by the end of `timeout`, or the task is cancelled.
  package func wait(timeout: Duration) async throws(Failure) -> FormFields {
    let arrivals = arrivals
    let fields = await withTaskGroup(of: FormFields?.self) { group in
      group.addTask { await arrivals.first { _ in true } }
      group.addTask {
        try? await Task.sleep(for: timeout)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
    await close()
    guard let fields else {
      throw Failure(description: "Nobody came back from the approval page. Start again when you are at the browser.")
    }
    return fields
  }

  /// Stops to listen; a page that is being answered still is.
  package func close() async { try? await channel.close() }
}

/// Serves `/callback` and nothing else.
private final class CallbackHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let arrive: @Sendable (FormFields) -> Void
  private var head: HTTPRequestHead?

  init(arrive: @escaping @Sendable (FormFields) -> Void) { self.arrive = arrive }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head else { return }
      respond(head, context)
    }
  }

  private func respond(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard head.method == .GET, parts.first.map(String.init) == LoopbackCallback.path,
      let fields = FormFields(parsing: parts.count > 1 ? parts[1] : ""), fields["state"] != nil
    else {
      return write(.notFound, "There is nothing here", "This address waits for the answer to an approval.", context)
    }
    if fields["error"] != nil {
      write(.ok, "Not approved", "You can close this window and go back to the terminal.", context)
    } else {
      write(.ok, "Thank you", "You can close this window and go back to the terminal.", context)
    }
    arrive(fields)
  }

  private func write(
    _ status: HTTPResponseStatus, _ title: String, _ sentence: String, _ context: ChannelHandlerContext
  ) {
    let html = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark"><title>\(title) · Evergrant</title></head>
      <body><main><h1>\(title)</h1><p>\(sentence)</p></main></body></html>

      """
    let headers: HTTPHeaders = [
      "Content-Type": "text/html;charset=utf-8", "Content-Length": String(html.utf8.count), "Connection": "close",
      "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    ]
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: html)))), promise: nil)
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    let written = context.value.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { _ in context.value.close(promise: nil) }
    context.value.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
