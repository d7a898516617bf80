import Foundation
import NIOCore
import NIOPosix

/// Sends bytes as they are and reads one answer.
enum RawSocket {
  struct Answer: Sendable {
    var status: Int
    var head: String
    var body: String
  }

  static func send(_ text: String, port: Int) async throws -> Answer {
    let group = MultiThreadedEventLoopGroup.singleton
    let answer = group.any().makePromise(of: Answer.self)
    let channel = try await ClientBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(answer)) }
      }
      .connect(host: "127.0.0.1", port: port).get()
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    let read = try await answer.futureResult.get()
    try? await channel.close()
    return read
  }

  /// A connection that stays open and says no more.
  struct Held: Sendable {
    fileprivate let channel: any Channel
    func close() { channel.close(promise: nil) }
  }

  static func hold(_ text: String, port: Int) async throws -> Held {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port).get()
    try? await channel.writeAndFlush(ByteBuffer(string: text))
    return Held(channel: channel)
  }

  private struct Incomplete: Error {}

  private final class Reader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    let answer: EventLoopPromise<Answer>
    var text = ""

    init(_ answer: EventLoopPromise<Answer>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      text += String(buffer: unwrapInboundIn(data))
      guard let end = text.range(of: "\r\n\r\n") else { return }
      let head = text[..<end.lowerBound], body = text[end.upperBound...]
      let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
        .flatMap { Int($0.dropFirst("content-length: ".count)) }
      guard body.utf8.count >= length ?? 0, let status = Int(head.split(separator: " ")[1]) else { return }
      answer.succeed(Answer(status: status, head: String(head), body: String(body)))
    }

    func channelInactive(context: ChannelHandlerContext) { answer.fail(Incomplete()) }
  }
}
