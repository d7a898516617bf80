import KeeperKit
import Logging
import Synchronization

@testable import Keeper
@testable import Operator
@testable import Wire

/// Listens to all channels, and fails as it is told to.
final class Ears: Sendable {
  struct Deaf: Error {}
  private struct State {
    var heard: [(channel: String, notice: AlertNotice)] = []
    var deaf: Set<String> = []
  }
  private let state = Mutex(State())
  let whileHearing = Mutex<@Sendable () -> Void>({})

  func setDeaf(_ channels: Set<String>) { state.withLock { $0.deaf = channels } }
  func heard(_ channel: String = "ops") -> [AlertNotice] {
    state.withLock { $0.heard.filter { $0.channel == channel }.map(\.notice) }
  }
  func lines(_ channel: String = "ops") -> [String] { heard(channel).map { "\($0.phase.rawValue) \($0.kind)" } }

  func hear(_ notice: AlertNotice, _ channel: String) throws {
    whileHearing.withLock { $0 }()
    try state.withLock { state in
      guard !state.deaf.contains(channel) else { throw Deaf() }
      state.heard.append((channel, notice))
    }
  }
}

struct Ear: AlertChannel {
  var ears: Ears
  var name: String
  func deliver(_ notice: AlertNotice) async throws { try ears.hear(notice, name) }
}

/// A keeper's alerts as two processes send them, to ears in place of channels.
struct AlertDesk {
  let world: KeeperWorld
  let ears = Ears()
  /// One for all processes: no two draw the same.
  private let random = Randomness.seeded(11)

  init(_ world: KeeperWorld, channels: [String] = ["ops"]) async throws {
    self.world = world
    for name in channels { try await add(name) }
  }

  func add(_ name: String) async throws {
    try await book().addChannel(name, .command(path: name, arguments: []), secret: nil)
  }

  func book(_ process: String = "p1") -> AlertBook {
    GrantStore(
      database: world.database, ring: world.ring, providers: ProviderCatalogue([world.entry]), clock: world.clock,
      random: random, process: process, marks: world.store(process).marks
    ).alerts(beside: world.host.journals(process), address: PublicAddress("http://127.0.0.1:8082"))
  }

  func watch(_ process: String = "p1") -> AlertWatch {
    AlertWatch(book: book(process), clock: world.clock, logger: .silent) { [ears] settings, _ in
      guard case .command(let name, _) = settings else { throw KeeperError.noSuchChannel("?") }
      return Ear(ears: ears, name: name)
    }
  }

  /// One look of one process, and all that it sends.
  func look(_ process: String = "p1") async {
    let watch = watch(process)
    for channel in await watch.look() { await watch.deliver(through: channel) }
  }

  func look(times: Int, every pause: Duration) async {
    for _ in 0..<times {
      await look("p1")
      await look("p2")
      world.time.advance(by: pause)
    }
  }

  func refuse() async throws {
    world.provider.next(.refusal)
    _ = await world.refresher().refresh("shop", .due(try await world.row().generation))
  }
}
