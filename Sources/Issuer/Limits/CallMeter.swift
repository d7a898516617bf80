import Synchronization
import Wire

/// What is left of somebody's calls.
package struct CallAllowance: Sendable, Equatable {
  package var limits: CallLimits
  var count: CallCount

  package func used(_ span: CallLimits.Span) -> Int { count.used(span) }
  package func available(_ span: CallLimits.Span) -> Int? { limits[span].map { max(0, $0 - used(span)) } }
  package var dayEndsAt: Timestamp { count.end(.day) }
}

/// A call as it was counted.
package struct MeteredCall: Sendable, Equatable {
  package struct Refusal: Sendable, Equatable {
    package var span: CallLimits.Span
    package var limit: Int
    /// Until the window is over, at least one.
    package var seconds: Int
  }

  package var app: CallAllowance
  package var tenant: CallAllowance
  /// Why it is not served; then it counts for nothing.
  package var refusal: Refusal?
}

/// Counts the calls of each app and each tenant, in memory: a process that starts begins anew, and several count each for
/// itself.
///
/// It holds those that have called today, so there are never more than apps, tenants, and people with tokens of their own.
final class CallMeter: Sendable {
  private enum Payer: Hashable {
    case app(String)
    case tenant(Int64)
  }

  private struct State {
    var day: Int64 = 0
    var counts: [Payer: CallCount] = [:]
  }

  private let state = Mutex(State())

  func take(
    client: String, tenant: Int64, _ limits: (app: CallLimits, tenant: CallLimits), at now: Timestamp
  ) -> MeteredCall {
    state.withLock { state in
      var app = state.counts[.app(client)] ?? CallCount(), whole = state.counts[.tenant(tenant)] ?? CallCount()
      app.move(to: now)
      whole.move(to: now)
      if app.day != state.day {
        state.day = app.day
        state.counts = state.counts.filter { (app.day...app.day + 1).contains($0.value.day) }
      }
      let refusal = Self.refusal(app, limits.app, now) ?? Self.refusal(whole, limits.tenant, now)
      if refusal == nil {
        app.count()
        whole.count()
      }
      state.counts[.app(client)] = app
      state.counts[.tenant(tenant)] = whole
      return MeteredCall(
        app: CallAllowance(limits: limits.app, count: app), tenant: CallAllowance(limits: limits.tenant, count: whole),
        refusal: refusal)
    }
  }

  /// How many are counted.
  var size: Int { state.withLock { $0.counts.count } }

  private static func refusal(_ count: CallCount, _ limits: CallLimits, _ now: Timestamp) -> MeteredCall.Refusal? {
    guard let span = count.full(limits), let limit = limits[span] else { return nil }
    let left = (count.end(span) - now).milliseconds
    return MeteredCall.Refusal(span: span, limit: limit, seconds: Int(max(1, (left + 999) / 1000)))
  }
}

extension Issuer {
  /// Counts a call of the API, unless it is one too many.
  package func meter(_ caller: Caller) -> MeteredCall {
    let isKeap = dialect(caller.dialect) == .keap
    // Tokens that people make for themselves have one client for all, and are no app: each person pays for their own.
    let isOwn = OwnTokenKind.allCases.contains { $0.clientID == caller.clientID }
    let usual: CallLimits = isOwn ? .keapKey : .keapApp
    return meters.take(
      client: isOwn ? "\(caller.clientID)/\(caller.tenantID)/\(caller.userID)" : caller.clientID,
      tenant: caller.tenantID,
      (
        app: settings.appLimits ?? (isKeap ? usual : .none),
        tenant: settings.tenantLimits ?? (isKeap ? .keapTenant : .none)
      ), at: clock.now())
  }
}
