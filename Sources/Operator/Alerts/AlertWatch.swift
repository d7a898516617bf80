import Logging
import OAuth
import Synchronization
import Wire

/// Looks at the rows every few seconds and tells the operators what has begun and what is over.
///
/// Every process that serves may run one: a notice is sent by whoever claims it. A channel that fails holds up no other.
package final class AlertWatch: Sendable {
  package typealias MakeChannel = @Sendable (AlertChannelSettings, Secret?) throws -> any AlertChannel

  private struct State {
    var isClosed = false
    var busy: Set<String> = []
  }

  private let book: AlertBook
  private let makeChannel: MakeChannel
  private let clock: WallClock
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter channel: makes a channel of its settings and its secret.
  package init(
    book: AlertBook, clock: WallClock, logger: Logger, channel: @escaping MakeChannel
  ) {
    self.book = book
    self.clock = clock
    self.logger = logger
    makeChannel = channel
  }

  /// Works until ``close()``; returns when the deliveries under way have ended.
  package func run() async {
    await withDiscardingTaskGroup { group in
      var looksAt = clock.uptime().milliseconds
      while !isClosed {
        if clock.uptime().milliseconds >= looksAt {
          for channel in await look() where take(channel) {
            group.addTask {
              await self.deliver(through: channel)
              self.release(channel)
            }
          }
          looksAt = clock.uptime().milliseconds + AlertPolicy.interval.milliseconds
        }
        do { try await clock.sleep(.milliseconds(250)) } catch { return }
      }
    }
  }

  /// Looks and sends no more.
  package func close() { state.withLock { $0.isClosed = true } }

  /// Looks once.
  ///
  /// - Returns: the channels through which something is to be sent.
  package func look() async -> [String] {
    do {
      try await book.look()
      return try await book.dueChannels()
    } catch {
      logger.error("alerts cannot be looked for", metadata: ["error": "\(error)"])
      return []
    }
  }

  /// Sends what waits for a channel, up to the first failure: what failed rests, and the next look goes on with the others.
  package func deliver(through name: String) async {
    do {
      while !isClosed, let claimed = try await book.claim(name) {
        let metadata: Logger.Metadata = [
          "alert.channel": "\(name)", "alert.kind": "\(claimed.notice.kind)",
          "alert.subject": "\(claimed.notice.subject)",
          "alert.phase": "\(claimed.notice.phase.rawValue)",
        ]
        do {
          let (settings, secret) = try await book.channel(name)
          try await makeChannel(settings, secret).deliver(claimed.notice)
        } catch {
          logger.warning("an alert was not delivered", metadata: metadata.merging(["error": "\(error)"]) { $1 })
          return try await book.failed(claimed, "\(error)")
        }
        logger.notice("alert delivered", metadata: metadata)
        try await record(claimed)
      }
    } catch {
      logger.error("alerts cannot be recorded", metadata: ["alert.channel": "\(name)", "error": "\(error)"])
    }
  }

  /// Records an arrival, and tries that again for half the time of the claim: a notice must not be sent twice because the store
  /// was busy.
  private func record(_ claimed: ClaimedNotice) async throws {
    let start = clock.uptime().milliseconds
    while true {
      do { return try await book.delivered(claimed) } catch {
        guard clock.uptime().milliseconds - start < AlertPolicy.lease.milliseconds / 2 else { throw error }
        try await clock.sleep(.seconds(1))
      }
    }
  }

  private var isClosed: Bool { state.withLock { $0.isClosed } }
  private func take(_ channel: String) -> Bool { state.withLock { $0.busy.insert(channel).inserted } }
  private func release(_ channel: String) { state.withLock { _ = $0.busy.remove(channel) } }
}

extension Desk {
  /// The alerts of this keeper's store.
  ///
  /// - Parameter address: where people reach this keeper from outside; without it no alert carries a link.
  package func alerts(address: PublicAddress? = nil) -> AlertBook {
    store.alerts(beside: settlement.journals, address: address)
  }
}
