import Synchronization

/// Says once that a server is ready: when each of its parts listens.
final class Readiness: Sendable {
  private struct State {
    var missing: Int
    var controlPort = 0
  }

  private let state: Mutex<State>
  private let act: @Sendable (_ controlPort: Int) -> Void

  init(parts: Int, _ act: @escaping @Sendable (_ controlPort: Int) -> Void) {
    state = Mutex(State(missing: parts))
    self.act = act
  }

  func listens(controlPort: Int? = nil) {
    let ready: Int? = state.withLock { state in
      if let controlPort { state.controlPort = controlPort }
      state.missing -= 1
      return state.missing == 0 ? state.controlPort : nil
    }
    if let ready { act(ready) }
  }
}
