import NIOCore
import NIOPosix
import Synchronization
import TestKit
import Wire

/// Passes bytes on between whoever connects and a server, and remembers all of them.
final class Relay: Sendable {
  /// What went each way over one connection.
  final class Conversation: Sendable {
    fileprivate let sent = Mutex<[UInt8]>([])
    fileprivate let answered = Mutex<[UInt8]>([])
  }

  let port: Int
  var address: String { "http://127.0.0.1:\(port)" }
  private let listener: any Channel
  private let conversations: Conversations

  private final class Conversations: Sendable {
    let all = Mutex<[Conversation]>([])
    /// How many answers are still to be cut.
    let cuts = Mutex(0)
    /// The answers that are held back, and the ends that follow them; nil where nothing is.
    let held = Mutex<[@Sendable () -> Void]?>(nil)
    /// Whether an answer is among them.
    let hasAnswer = Mutex(false)
    /// How far the server's clock is made to seem ahead.
    let skew = Mutex(Duration.zero)

    /// The bytes with another `Date`, as long as the one that was there.
    func skewed(_ bytes: [UInt8]) -> [UInt8] {
      let skew = skew.withLock { $0 }, text = String(decoding: bytes, as: UTF8.self)
      guard skew != .zero, let found = text.firstMatch(of: /(?i)date: ([a-z]{3}, .{20} GMT)/) else { return bytes }
      return Array(text.replacing(found.1, with: HTTPDate.text(WallClock.system.now() + skew)).utf8)
    }

    /// Whether this has to wait until nothing is held back any more.
    func holds(_ act: @escaping @Sendable () -> Void) -> Bool {
      held.withLock { held in
        held?.append(act)
        return held != nil
      }
    }

    /// Whether this answer is one of them.
    func takeCut() -> Bool {
      cuts.withLock { left in
        guard left > 0 else { return false }
        left -= 1
        return true
      }
    }
  }

  static func start(to target: Int) async throws -> Relay {
    let conversations = Conversations()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { caller in
        let conversation = Conversation()
        conversations.all.withLock { $0.append(conversation) }
        return ClientBootstrap(group: caller.eventLoop)
          .channelInitializer { server in
            server.eventLoop.makeCompletedFuture {
              try server.pipeline.syncOperations.addHandler(
                Passage(to: caller) { bytes in
                  conversation.answered.withLock { $0 += bytes }
                  guard !conversations.takeCut() else { return nil }
                  let bytes = conversations.skewed(bytes)
                  let isHeld = conversations.holds { caller.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
                  if isHeld { conversations.hasAnswer.withLock { $0 = true } }
                  return isHeld ? [] : bytes
                } ends: {
                  !conversations.holds { caller.close(promise: nil) }
                })
            }
          }
          .connect(host: "127.0.0.1", port: target)
          .flatMapThrowing { server in
            try caller.pipeline.syncOperations.addHandler(
              Passage(to: server) { bytes in
                conversation.sent.withLock { $0 += bytes }
                return bytes
              })
          }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    guard let port = listener.localAddress?.port else { throw Missed("The relay has no port") }
    return Relay(port: port, listener: listener, conversations: conversations)
  }

  private init(port: Int, listener: any Channel, conversations: Conversations) {
    self.port = port
    self.listener = listener
    self.conversations = conversations
  }

  deinit { listener.close(promise: nil) }

  /// Ends the connection in place of the next answers.
  func cutAnswers(_ count: Int) { conversations.cuts.withLock { $0 = count } }

  /// Holds back what is answered from now on.
  func holdAnswers() {
    conversations.hasAnswer.withLock { $0 = false }
    conversations.held.withLock { $0 = [] }
  }

  /// Whether an answer is held back.
  var isHolding: Bool { conversations.hasAnswer.withLock { $0 } }

  /// Lets go of what was held back, and of what comes.
  func releaseAnswers() {
    // What comes meanwhile must not overtake it.
    conversations.held.withLock { held in
      for act in held ?? [] { act() }
      held = nil
    }
  }

  /// Makes the server's clock seem ahead, by its answers' `Date`.
  func skewClock(by skew: Duration) { conversations.skew.withLock { $0 = skew } }

  /// All that was sent through, a text for each connection.
  var requests: [String] { conversations.all.withLock { $0 }.map { text($0.sent.withLock { $0 }) } }
  /// All that was answered.
  var answers: [String] { conversations.all.withLock { $0 }.map { text($0.answered.withLock { $0 }) } }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Hands everything to the other end, and its closing too, unless it is to be cut.
  private final class Passage: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let other: any Channel
    private let passes: ([UInt8]) -> [UInt8]?
    private let ends: () -> Bool

    /// - Parameters:
    ///   - passes: takes note of bytes, and says what goes on, or nil to end it.
    ///   - ends: whether the other end closes when this one does.
    init(
      to other: any Channel, passes: @escaping ([UInt8]) -> [UInt8]?, ends: @escaping () -> Bool = { true }
    ) {
      self.other = other
      self.passes = passes
      self.ends = ends
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let buffer = unwrapInboundIn(data)
      guard let bytes = passes(Array(buffer: buffer)) else { return context.close(promise: nil) }
      // Behind what was let go of from another thread.
      other.eventLoop.execute { [other] in other.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
      if ends() { other.eventLoop.execute { [other] in other.close(promise: nil) } }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
