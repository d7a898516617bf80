import Synchronization
import TestKit

@testable import Operator
@testable import Wire

/// Sees each origin as told, and remembers what it was asked for.
final class ScriptedProbe: OriginProbe {
  private let state: Mutex<(sight: OriginSight?, asked: [Origin])>
  private let time: VirtualTime

  /// - Parameter sight: what every origin looks like; without one, in good health.
  init(_ time: VirtualTime, _ sight: OriginSight? = nil) {
    self.time = time
    state = Mutex((sight, []))
  }

  var asked: [Origin] { state.withLock(\.asked) }

  func look(at origin: Origin) async -> OriginSight {
    state.withLock { state in
      state.asked.append(origin)
      return state.sight ?? .answered(date: time.now, certificateEnds: nil)
    }
  }
}
