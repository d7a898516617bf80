import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestKit
import Wire

/// A provider on loopback: a ``ModelProvider`` behind a real socket, and between the two whatever networks and servers do.
///
/// It has one thread, so that what a director does at a stage is done before anything else happens here.
package final class HostileServer: Sendable {
  /// How many connections wait to be accepted before the kernel lets no more in.
  static let backlog: Int32 = 128

  package let model: ModelProvider
  package let port: Int
  package var address: String { "http://127.0.0.1:\(port)" }
  let clock: WallClock
  let listener: any Channel
  let door = Mutex<[Int32]>([])
  private let reception: Reception

  /// - Parameter clock: the provider's own, by which its access tokens end.
  package static func start(
    _ model: ModelProvider, clock: WallClock = .system, director: any Director
  ) async throws -> HostileServer {
    let reception = Reception(model: model, clock: clock, director: director)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let listener = try await ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
          try pipeline.addHandler(RequestHandler(reception))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return HostileServer(
      model: model, port: listener.localAddress?.port ?? 0, clock: clock, listener: listener, reception: reception)
  }

  private init(model: ModelProvider, port: Int, clock: WallClock, listener: any Channel, reception: Reception) {
    self.model = model
    self.port = port
    self.clock = clock
    self.listener = listener
    self.reception = reception
  }

  deinit { listener.close(promise: nil) }

  package func stop() async {
    openDoor()
    try? await listener.close()
  }

  /// Every token request so far.
  package var visits: [Visit] { reception.visits }

  /// How many calls of the API were let in, and how many were not.
  package var calls: (admitted: Int, refused: Int) { reception.calls }

  /// Lets a request go on from where it is held; one whose client has gone meanwhile still has its effect.
  package func letGo(_ number: Int) { reception.parked(number)?.resume() }

  /// Ends the connection of a request that is held; if it has had no effect yet, it will have none.
  package func hangUp(_ number: Int) { reception.parked(number)?.hangUp() }
}

/// What the connections of a server share.
final class Reception: Sendable {
  private struct State {
    var visits: [Visit] = []
    var parked: [Int: Parked] = [:]
    var admitted = 0
    var refused = 0
  }

  let model: ModelProvider
  let clock: WallClock
  let director: any Director
  private let state = Mutex(State())

  init(model: ModelProvider, clock: WallClock, director: any Director) {
    self.model = model
    self.clock = clock
    self.director = director
  }

  var visits: [Visit] { state.withLock { $0.visits } }
  var calls: (admitted: Int, refused: Int) { state.withLock { ($0.admitted, $0.refused) } }

  func arrive(_ request: ModelRequest) -> (Visit, Conduct) {
    let visit = state.withLock { state in
      state.visits.append(Visit(number: state.visits.count + 1, request: request, model: model))
      return state.visits[state.visits.count - 1]
    }
    return (visit, director.conduct(visit))
  }

  func reach(_ stage: Visit.Stage, _ number: Int, outcome: ModelLogEntry.Outcome? = nil) {
    let visit = state.withLock { state -> Visit? in
      if let outcome { state.visits[number - 1].outcome = outcome }
      return state.visits[number - 1].reach(stage) ? state.visits[number - 1] : nil
    }
    if let visit { director.reached(stage, visit) }
  }

  func park(_ number: Int, _ parked: Parked) { state.withLock { $0.parked[number] = parked } }
  func parked(_ number: Int) -> Parked? { state.withLock { $0.parked.removeValue(forKey: number) } }

  func note(admitted: Bool) { state.withLock { if admitted { $0.admitted += 1 } else { $0.refused += 1 } } }
}
