import Foundation
import HostileProvider
import Keeper
import Store
import Synchronization
import Wire

/// The time between the provider's commit and our journal's sync, in which a crash loses the grant at a provider that
/// forgives no repeat: measured in this process, over real sockets and on a real disk.
enum Window {
  struct Widths: Sendable {
    var count: Int
    var medianMilliseconds: Double
    var p99Milliseconds: Double
  }

  static func measure(_ count: Int, at path: String, binary: String, seed: UInt64) async throws -> Widths {
    let director = Script()
    let yard = try await Yard.layOut(.strict, at: path, binary: binary, director: director, seed: seed)
    try await yard.approve("c1", lifetime: .hours(1))
    let ahead = Shared(Duration.zero)
    // Each refresh is forced, and a token must be a minute old for that.
    var clock = WallClock.system
    clock.now = { WallClock.system.now() + ahead.value }
    let landings = TimedDatabase(yard.files.database)
    let keeper = try yard.files.drilled(through: landings, clock: clock)
    try await keeper.start()
    let widths = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await keeper.run() }
      defer { keeper.close() }
      var widths: [Duration] = []
      var token = try await keeper.token(for: "c1")
      for _ in 0..<count {
        ahead.change { $0 += .seconds(120) }
        token = try await refresh(keeper, token)
        guard let committed = yard.server.visits.last?.at(.committed),
          let synced = landings.writes.first(where: { $0 > committed })
        else { throw Failed("a refresh left no trace at the provider") }
        widths.append(synced - committed)
        landings.forget()
      }
      return widths.sorted()
    }
    func milliseconds(_ share: Double) -> Double {
      let width = widths[min(widths.count - 1, Int(Double(widths.count) * share))]
      return ((width / .microseconds(1)) / 10).rounded() / 100
    }
    return Widths(count: widths.count, medianMilliseconds: milliseconds(0.5), p99Milliseconds: milliseconds(0.99))
  }

  private static func refresh(_ keeper: Keeper, _ token: AccessToken) async throws -> AccessToken {
    try await withCheckedContinuation { continuation in
      keeper.token(for: "c1", replacing: token) { continuation.resume(returning: $0) }
    }.get()
  }
}

/// Notes when each write begins: a landing does as soon as the journal is synced.
private final class TimedDatabase: Database {
  private let inner: any Database
  private let moments = Shared<[ContinuousClock.Instant]>([])

  init(_ inner: any Database) { self.inner = inner }

  var writes: [ContinuousClock.Instant] { moments.value }
  func forget() { moments.value = [] }

  func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    moments.change { $0.append(.now) }
    return try await inner.write(act)
  }

  func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result {
    try await inner.read(act)
  }

  func changeMark() async throws -> Int64 { try await inner.changeMark() }
}
