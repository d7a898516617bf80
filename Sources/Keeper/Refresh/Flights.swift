import Synchronization

/// One refresh per connection at a time; whoever asks meanwhile shares its outcome (K8).
///
/// The work is done by children of ``run()``; a caller who gives up stops nothing.
package final class Flights: Sendable {
  /// What a caller wants: the generation that it has seen, and whether a token that is not due is replaced too.
  package struct Request: Sendable, Equatable {
    package var seen: Int64
    package var forced: Bool

    package init(seen: Int64, forced: Bool) {
      self.seen = seen
      self.forced = forced
    }

    /// Whether a flight for this request also answers `other`.
    func covers(_ other: Request) -> Bool { seen == other.seen && (forced || !other.forced) }
  }

  package typealias Answer = @Sendable (Result<AccessToken, TokenUnavailable>) -> Void

  private struct Flight {
    var request: Request
    var waiting: [Answer]
  }

  private struct State {
    var flying: [String: Flight] = [:]
    var queued: [String: [Flight]] = [:]
    var isClosed = false
  }

  private let work: @Sendable (String, Request) async -> Result<AccessToken, TokenUnavailable>
  private let starts: AsyncStream<String>
  private let start: AsyncStream<String>.Continuation
  private let state = Mutex(State())

  package init(work: @escaping @Sendable (String, Request) async -> Result<AccessToken, TokenUnavailable>) {
    self.work = work
    (starts, start) = AsyncStream.makeStream()
  }

  /// Works until ``close()``; returns when the last flight has landed.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await name in starts { group.addTask { await self.fly(name) } }
    }
  }

  /// Takes part in a flight that answers the request, or starts or queues one.
  package func join(_ name: String, _ request: Request, _ answer: @escaping Answer) {
    let (isClosed, mustStart) = state.withLock { state -> (Bool, Bool) in
      if state.isClosed { return (true, false) }
      if state.flying[name] == nil {
        state.flying[name] = Flight(request: request, waiting: [answer])
        return (false, true)
      }
      if state.flying[name]?.request.covers(request) == true {
        state.flying[name]?.waiting.append(answer)
      } else if let index = state.queued[name]?.firstIndex(where: { $0.request.covers(request) }) {
        state.queued[name]?[index].waiting.append(answer)
      } else {
        state.queued[name, default: []].append(Flight(request: request, waiting: [answer]))
      }
      return (false, false)
    }
    if isClosed { answer(.failure(.temporarily("The keeper is stopping. Try again in a moment.", retryAfter: 1))) }
    // The stream was closed between the lock and here, so nobody flies this one.
    if mustStart, case .terminated = start.yield(name) {
      let left = state.withLock { $0.flying.removeValue(forKey: name)?.waiting ?? [] }
      for answer in left {
        answer(.failure(.temporarily("The keeper is stopping. Try again in a moment.", retryAfter: 1)))
      }
    }
  }

  /// Whether a flight of this connection is in the air.
  package func isFlying(_ name: String) -> Bool { state.withLock { $0.flying[name] != nil } }

  /// Starts nothing more. Synchronous, so that a shutdown handler can call it.
  package func close() {
    let left = state.withLock { state in
      state.isClosed = true
      defer { state.queued = [:] }
      return state.queued.values.flatMap { $0 }.flatMap(\.waiting)
    }
    start.finish()
    for answer in left {
      answer(.failure(.temporarily("The keeper is stopping. Try again in a moment.", retryAfter: 1)))
    }
  }

  private func fly(_ name: String) async {
    var next = state.withLock { $0.flying[name]?.request }
    while let request = next {
      let result = await work(name, request)
      let (waiting, following) = state.withLock { state -> ([Answer], Request?) in
        let waiting = state.flying.removeValue(forKey: name)?.waiting ?? []
        guard var queue = state.queued[name], !queue.isEmpty else { return (waiting, nil) }
        let flight = queue.removeFirst()
        state.queued[name] = queue.isEmpty ? nil : queue
        state.flying[name] = flight
        return (waiting, flight.request)
      }
      for answer in waiting { answer(result) }
      next = following
    }
  }
}
