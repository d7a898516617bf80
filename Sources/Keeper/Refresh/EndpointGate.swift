import Synchronization
import Wire

/// The way to one token endpoint for all flights of this process (K19): a few at once, the others in line. A failure of the
/// endpoint begins a rest in which nobody asks. One probe follows, and the others follow once that was answered for certain.
///
/// The rests of a process are its own. What a row has to wait for is in the row.
final class EndpointGate: Sendable {
  /// Leave to ask the endpoint, to be given back with what came of it.
  struct Pass: Sendable, Equatable {
    fileprivate var round: Int
    fileprivate var isProbe: Bool
  }

  enum Entry: Sendable, Equatable {
    case admitted(Pass)
    /// Nobody asks for that long, for that reason.
    case rests(Duration, RefreshMachine.RestReason)
  }

  fileprivate struct Rest {
    var until: Uptime
    var trouble: Trouble

    func remaining(at moment: Uptime) -> Duration { max(.zero, until - moment) }
  }

  fileprivate struct Waiter {
    var id: Int
    var continuation: CheckedContinuation<Entry, Never>
  }

  fileprivate struct State {
    var inside = 0
    var line: [Waiter] = []
    /// From a failure until a probe is answered for certain.
    var rest: Rest?
    var isProbing = false
    var failures: Int64 = 0
    /// The connections that were answered oddly since the last definite answer.
    var odd: Set<String> = []
    /// Counts the rests: what was sent before the last began says nothing of how the endpoint is now.
    var round = 0
    var nextID = 0
    var isClosed = false
  }

  private static let stopping = Entry.rests(.zero, .stopping)

  private let clock: WallClock
  private let random: Randomness
  private let state = Mutex(State())

  init(clock: WallClock, random: Randomness) {
    self.clock = clock
    self.random = random
  }

  /// Waits for its turn, in the order of arrival; ends at once while the endpoint rests.
  func enter() async -> Entry {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isLeaving = Task.isCancelled
        change { state in
          if state.isClosed || isLeaving { return [(continuation, Self.stopping)] }
          state.line.append(Waiter(id: id, continuation: continuation))
          return []
        }
      }
    } onCancel: {
      change { state in
        guard let place = state.line.firstIndex(where: { $0.id == id }) else { return [] }
        return [(state.line.remove(at: place).continuation, Self.stopping)]
      }
    }
  }

  /// Gives a pass back with what the endpoint has shown to `connection`.
  func leave(_ pass: Pass, _ verdict: EndpointVerdict, of connection: String) {
    let now = clock.uptime(), fraction = random.fraction()
    change { state in
      state.inside -= 1
      guard pass.round == state.round else { return [] }
      if pass.isProbe { state.isProbing = false }
      switch verdict {
      // A probe that was not sent leaves its turn to the next.
      case .untouched: break
      case .answered:
        state.rest = nil
        state.failures = 0
        state.odd = []
      case .odd(let trouble):
        state.odd.insert(connection)
        if state.odd.count >= RefreshPolicy.oddAnswers { state.close(now, trouble, nil, fraction) }
      case .throttled(let pause): state.close(now, .throttled, pause, fraction)
      case .failed(let trouble): state.close(now, trouble, nil, fraction)
      }
      return []
    }
  }

  /// How many more background flights may set out when so many of them are under way.
  func room(beside underWay: Int) -> Int {
    let now = clock.uptime()
    return state.withLock { state in
      guard !state.isClosed, state.line.isEmpty else { return 0 }
      guard let rest = state.rest else { return max(0, RefreshPolicy.flightsAtOnce - underWay) }
      return rest.remaining(at: now) > .zero || state.isProbing ? 0 : max(0, 1 - underWay)
    }
  }

  /// How long the endpoint still rests.
  var rest: Duration {
    let now = clock.uptime()
    return state.withLock { $0.rest?.remaining(at: now) ?? .zero }
  }

  /// Sends away all who wait, and all who come later.
  func close() {
    change { state in
      state.isClosed = true
      defer { state.line = [] }
      return state.line.map { ($0.continuation, Self.stopping) }
    }
  }

  fileprivate typealias Answers = [(CheckedContinuation<Entry, Never>, Entry)]

  /// Makes a change, and then tells all whose turn has come by it.
  private func change(_ act: (inout State) -> Answers) {
    let now = clock.uptime()
    for (continuation, entry) in state.withLock({ state in act(&state) + state.advance(now) }) {
      continuation.resume(returning: entry)
    }
  }
}

extension EndpointGate.State {
  /// Begins a rest: a draw from the table by the failures in a row, and no shorter than `pause`, of which at most a day counts.
  fileprivate mutating func close(_ now: Uptime, _ trouble: Trouble, _ pause: Duration?, _ fraction: Double) {
    failures += 1
    round += 1
    isProbing = false
    odd = []
    let drawn = RefreshPolicy.pause(afterFailures: failures, fraction: fraction)
    let length = max(drawn, min(pause ?? .zero, RefreshPolicy.longestRest))
    rest = EndpointGate.Rest(until: now + length, trouble: trouble)
  }

  /// Lets in whoever has a turn now, and sends all away while the endpoint rests.
  fileprivate mutating func advance(_ now: Uptime) -> EndpointGate.Answers {
    var answers: EndpointGate.Answers = []
    if let rest, rest.remaining(at: now) > .zero {
      answers = line.map { ($0.continuation, .rests(rest.remaining(at: now), .endpoint(rest.trouble))) }
      line = []
      return answers
    }
    while !line.isEmpty, inside < RefreshPolicy.flightsAtOnce, !isProbing {
      let isProbe = rest != nil
      isProbing = isProbe
      inside += 1
      answers.append((line.removeFirst().continuation, .admitted(EndpointGate.Pass(round: round, isProbe: isProbe))))
    }
    return answers
  }
}

/// The gates by token endpoint.
package final class EndpointGates: Sendable {
  private struct Gates {
    var gates: [String: EndpointGate] = [:]
    var isClosed = false
  }

  private let clock: WallClock
  private let random: Randomness
  private let state = Mutex(Gates())

  init(clock: WallClock, random: Randomness) {
    self.clock = clock
    self.random = random
  }

  subscript(endpoint: String) -> EndpointGate {
    state.withLock { state in
      if let gate = state.gates[endpoint] { return gate }
      let gate = EndpointGate(clock: clock, random: random)
      if state.isClosed { gate.close() }
      state.gates[endpoint] = gate
      return gate
    }
  }

  func close() {
    let gates = state.withLock { state in
      state.isClosed = true
      return Array(state.gates.values)
    }
    for gate in gates { gate.close() }
  }
}

extension EndpointVerdict {
  /// Judges a failure by the answer that came, if any did. An endpoint that names a pause is given it. One that answers below
  /// 500 works, though its entry does not explain what it says.
  func judged(by answer: TokenEndpointAnswer.Answer?, at now: Timestamp) -> EndpointVerdict {
    guard case .failed(let trouble) = self, let answer else { return self }
    if let pause = answer.pause(at: now) { return .throttled(pause) }
    return answer.status < 500 ? .odd(trouble) : self
  }
}
