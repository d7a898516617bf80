import Synchronization

/// How many calls of receivers are under way, and for which tenants, so that receivers that hang leave room for others.
final class CallsUnderWay: Sendable {
  private let counts = Mutex<[Int64: Int]>([:])
  private let most: Int

  /// - Parameter most: of all tenants.
  init(most: Int) { self.most = most }

  /// The tenants that have to wait for their own; nil where all have to.
  var full: [Int64]? {
    counts.withLock { counts in
      guard counts.values.reduce(0, +) < most else { return nil }
      return counts.filter { $0.value >= HookPolicy.mostOfTenant }.keys.sorted()
    }
  }

  func enter(_ tenant: Int64) { counts.withLock { $0[tenant, default: 0] += 1 } }

  /// - Returns: false where the tenant has to wait.
  func take(_ tenant: Int64) -> Bool {
    counts.withLock { counts in
      let own = counts[tenant] ?? 0
      guard counts.values.reduce(0, +) < most, own < HookPolicy.mostOfTenant else { return false }
      counts[tenant] = own + 1
      return true
    }
  }

  func leave(_ tenant: Int64) {
    counts.withLock { counts in
      let rest = (counts[tenant] ?? 1) - 1
      counts[tenant] = rest == 0 ? nil : rest
    }
  }
}
