import Keeper
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Wire

/// The redirect URI of a program: waits on loopback for the browser that comes back from an approval (RFC 8252 section
/// 7.3).
package final class LoopbackCallback: Sendable {
  package static let path = "/callback"

  /// Why nothing came back, in a sentence that says what to do.
  package struct Failure: Error, Sendable, CustomStringConvertible { package var description: String }

  /// As it is spelt in the redirect URI.
  private let host: String
  package let port: Int
  package var redirectURI: String { "http://\(Origin.authority(host: host, port: port))\(Self.path)" }
  private let channel: any Channel
  private let arrivals: AsyncStream<Arrival>

  /// What a browser has brought; it waits for its page until it is told what came of it.
  package struct Arrival: Sendable {
    package let fields: FormFields
    fileprivate let channel: any Channel

    /// Shows the person what came of it; returns when the page has left, or the browser has.
    package func show(_ title: String, _ sentence: String) async {
      try? await channel.writeAndFlush(CallbackPage(title: title, sentence: sentence)).get()
    }
  }

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - host: this machine by one of its ``Loopback/names``.
  ///   - port: 0 takes any free one.
  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package static func listen(
    host: String = "127.0.0.1", port: Int = 0
  ) async throws(ListenRefusal) -> LoopbackCallback {
    let address = Loopback.address(toListenOn: host) ?? "127.0.0.1"
    let (arrivals, arrival) = AsyncStream.makeStream(of: Arrival.self, bufferingPolicy: .bufferingOldest(1))
    let first = First()
    do {
      let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { child in
          child.eventLoop.makeCompletedFuture {
            try child.pipeline.syncOperations.configureHTTPServerPipeline()
            try child.pipeline.syncOperations.addHandler(
              CallbackHandler { fields, channel in
                guard first.isThis() else { return false }
                arrival.yield(Arrival(fields: fields, channel: channel))
                return true
              })
          }
        }
        .bind(host: address, port: port).get()
      return LoopbackCallback(
        channel: channel, host: host, port: channel.localAddress?.port ?? port, arrivals: arrivals)
    } catch {
      throw ListenRefusal(error, host: address, port: port)
    }
  }

  private init(channel: any Channel, host: String, port: Int, arrivals: AsyncStream<Arrival>) {
    self.channel = channel
    self.host = host
    self.port = port
    self.arrivals = arrivals
  }

  /// Waits for the first request that has a `state`, and stops listening. Its browser waits for ``Arrival/show(_:_:)``.
  ///
  /// - Throws: ``Failure`` when nothing has come by the end of `timeout`, or the task is cancelled.
  package func wait(timeout: Duration) async throws(Failure) -> Arrival {
    let arrivals = arrivals
    let arrival = await withTaskGroup(of: Arrival?.self) { group in
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
    guard let arrival else {
      throw Failure(description: "Nobody came back from the approval page. Start again when you are at the browser.")
    }
    return arrival
  }

  /// Stops listening; a page that is being answered still goes out.
  package func close() async { try? await channel.close() }
}

/// Tells the first of several arrivals from the others.
private final class First: Sendable {
  private let isTaken = Mutex(false)

  func isThis() -> Bool {
    isTaken.withLock { isTaken in
      defer { isTaken = true }
      return !isTaken
    }
  }
}

private struct CallbackPage: Sendable {
  var status = HTTPResponseStatus.ok
  var title: String
  var sentence: String
}

/// Serves `/callback` and nothing else.
private final class CallbackHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundIn = CallbackPage
  typealias OutboundOut = HTTPServerResponsePart

  /// Takes what a browser has brought, or says that nobody waits for it.
  private let arrive: @Sendable (FormFields, any Channel) -> Bool
  private var head: HTTPRequestHead?

  init(arrive: @escaping @Sendable (FormFields, any Channel) -> Bool) { self.arrive = arrive }

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
      let page = CallbackPage(
        status: .notFound, title: "There is nothing here",
        sentence: "This address waits for the answer to an approval.")
      return write(page, nil, context)
    }
    guard !arrive(fields, context.channel) else { return }
    let page = CallbackPage(
      status: .gone, title: "Nothing waits for this answer",
      sentence: "Another one came first. Go back to the terminal.")
    write(page, nil, context)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    write(unwrapOutboundIn(data), promise, context)
  }

  private func write(_ page: CallbackPage, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
    let (title, sentence) = (Self.escaped(page.title), Self.escaped(page.sentence))
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
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: page.status, headers: headers))), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: html)))), promise: nil)
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    let written = context.value.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { _ in context.value.close(promise: nil) }
    written.futureResult.cascade(to: promise)
    context.value.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
  }

  /// Escapes a text for HTML, since it may quote what a provider has said.
  private static func escaped(_ text: String) -> String {
    text.spelling(HTMLText.entities)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
