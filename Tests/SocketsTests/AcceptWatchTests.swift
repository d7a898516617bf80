import Foundation
import Logging
import NIOCore
import NIOEmbedded
import Sockets
import Synchronization
import Testing

/// A listening socket when descriptors are used up.
struct AcceptWatchTests {
  private final class Notes: LogHandler, Sendable {
    let lines = Mutex<[String]>([])
    var logLevel: Logger.Level {
      get { .trace }
      set {}
    }
    var metadata: Logger.Metadata {
      get { [:] }
      set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
      get { nil }
      set {}
    }
    func log(event: LogEvent) { lines.withLock { $0.append("\(event.level)") } }
  }

  /// Counts how often the socket is asked for connections.
  private final class Reads: ChannelOutboundHandler {
    typealias OutboundIn = Never
    var count = 0
    func read(context: ChannelHandlerContext) { count += 1 }
  }

  private final class Stand {
    let channel = EmbeddedChannel()
    let reads = Reads()
    let notes = Notes()
    var shortages = 0

    init() throws {
      let notes = notes
      let watch = AcceptWatch("test", logger: Logger(label: "test") { _ in notes }) { [weak self] in
        self?.shortages += 1
      }
      try channel.pipeline.syncOperations.addHandlers([reads, watch])
    }

    /// As a listening socket does: it fails, and is read again at once.
    func fails(_ code: CInt = EMFILE) {
      channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
      channel.pipeline.read()
    }

    func wait(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }
    func accepts() throws { try channel.writeInbound(EmbeddedChannel() as any Channel) }
  }

  @Test(
    "K32: without descriptors the socket is asked four times a second and not without a pause, and goes on by itself")
  func backsOff() throws {
    let stand = try Stand()
    stand.fails()
    for _ in 1...1000 { stand.channel.pipeline.read() }
    #expect(stand.reads.count == 0)
    stand.wait(AcceptWatch.pause)
    #expect(stand.reads.count == 1)
    for _ in 1...40 {
      stand.fails()
      stand.wait(AcceptWatch.pause)
    }
    #expect(stand.reads.count == 41)
    #expect(stand.shortages == 41)
    try stand.accepts()
    stand.channel.pipeline.read()
    #expect(stand.reads.count == 42)
  }

  @Test("one shortage is told of once, and when it is over")
  func told() throws {
    let stand = try Stand()
    for _ in 1...100 {
      stand.fails()
      stand.wait(AcceptWatch.pause)
      try stand.accepts()
    }
    #expect(stand.notes.lines.withLock { $0 } == ["warning"])
    stand.wait(AcceptWatch.calm + .seconds(1))
    try stand.accepts()
    #expect(stand.notes.lines.withLock { $0 } == ["warning", "notice"])
    stand.fails()
    #expect(stand.notes.lines.withLock { $0 } == ["warning", "notice", "warning"])
  }

  @Test("another failure is passed on and pauses nothing")
  func others() throws {
    let stand = try Stand()
    stand.fails(ECONNABORTED)
    #expect(stand.reads.count == 1 && stand.shortages == 0)
    #expect(throws: IOError.self) { try stand.channel.throwIfErrorCaught() }
  }
}
