import Foundation
import HostileProvider
import Synchronization
import TestKit

/// Brings one refresh to the moment at which its keeper is to be killed; all others go as they should.
final class Steering: Director {
  private struct State {
    var aim: KillPoint?
    var target: Visit?
    var process: KeeperProcess?
    var random: SeededGenerator
    var lifetimes: ClosedRange<Int64>
  }

  private let state: Mutex<State>

  /// - Parameter lifetimes: how many seconds the access tokens live that are given out.
  init(seed: UInt64, lifetimes: ClosedRange<Int64>) {
    state = Mutex(State(random: SeededGenerator(seed: seed), lifetimes: lifetimes))
  }

  /// The visit that was chosen, once there is one; as it is when it is asked for.
  var target: Int? { state.withLock { $0.target?.number } }

  func aim(at moment: KillPoint?) {
    state.withLock { state in
      state.aim = moment
      state.target = nil
      state.process = nil
    }
  }

  /// The keeper that dies on the provider's own thread where every moment counts.
  func arm(_ process: KeeperProcess) { state.withLock { $0.process = process } }

  func conduct(_ visit: Visit) -> Conduct {
    state.withLock { state in
      let lifetime = Duration.seconds(Int64.random(in: state.lifetimes, using: &state.random))
      guard state.target == nil, visit.grant != nil, let aim = state.aim else {
        return Conduct(.honest, lifetime: lifetime)
      }
      state.target = visit
      return Conduct(Self.course(to: aim), lifetime: lifetime)
    }
  }

  func reached(_ stage: Visit.Stage, _ visit: Visit) {
    guard stage == .answered else { return }
    let (process, pause) = state.withLock { state -> (KeeperProcess?, UInt32) in
      guard state.aim == .answered, state.target?.number == visit.number else { return (nil, 0) }
      return (state.process, UInt32.random(in: 0...600, using: &state.random))
    }
    guard let process else { return }
    usleep(pause)
    process.kill()
  }

  private static func course(to moment: KillPoint) -> Conduct.Course {
    switch moment {
    case .received, .journaled: .hold(.received)
    case .committed: .hold(.committed)
    case .cut: .hold(.halfAnswered)
    case .claimed, .answered, .landed: .honest
    }
  }
}
