import Foundation
import Issuer
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Web
import Wire

/// An issuer of its own for one rehearsal, and the days one after another.
struct RehearsalStage {
  var settings: IssuerSettings
  var host: String
  var port: Int
  /// What the integration is told stands there, for as long as the issuer serves: afterwards its tokens are dead.
  var file: String
  var redirectURIs: [String]
  var days: [RehearsalDay]
  var length: Duration
  /// How long to wait for the integration.
  var wait: Duration

  /// - Returns: of the days that were played to their end, in order; fewer where it was broken off or nobody came back.
  func run() async throws -> [DayReport] {
    guard !FileManager.default.fileExists(atPath: file) else {
      throw Denied("\(file) is there already, and is not written over. Name a new file.")
    }
    let folder = try DataFolder.passing("rehearsal")
    let presence = try folder.beginServing()
    defer {
      try? FileManager.default.removeItem(atPath: folder.path)
      withExtendedLifetime(presence) {}
    }
    let logger = Logger.standardError(.critical)
    let issuer = try await Issuer.open(folder, settings, logger: logger)
    let cast = try await RehearsalCast(issuer, redirectURIs: redirectURIs)
    let rehearsal = Rehearsal(issuer)
    let (listens, isListening) = AsyncStream<Void>.makeStream()
    let site = try IssuerSite(
      issuer: issuer, address: ListenAddress(host: host, port: port), faults: FaultPlan(rehearsal: rehearsal),
      logger: logger, onRunning: { _ in isListening.yield() })
    let group = ServiceGroup(
      services: [IssuerMaintenance(issuer: issuer), site], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)

    let played = PlayedDays()
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        do { try await group.run() } catch let refusal as ListenRefusal {
          throw Denied("\(refusal) The options are --port and --host.")
        }
      }
      tasks.addTask {
        guard await listens.first(where: { _ in true }) != nil else { return }
        try await play(rehearsal, cast) { report in played.reports.withLock { $0.append(report) } }
      }
      // Whichever ends first: the days are over, or somebody has stopped the server.
      let first = await tasks.nextResult()
      await group.triggerGracefulShutdown()
      tasks.cancelAll()
      try first?.get()
      let reports = played.reports.withLock { $0 }
      guard !reports.isEmpty else { throw Denied("The rehearsal was broken off before a day was over.") }
      return reports
    }
  }

  private func play(
    _ rehearsal: Rehearsal, _ cast: RehearsalCast, _ note: (DayReport) -> Void
  ) async throws {
    try await cast.write(to: file, isNew: true)
    defer { try? FileManager.default.removeItem(atPath: file) }
    say(
      """
      An issuer as strict as Keap is at \(settings.issuer); what your integration needs is in \(file). Point it there and let \
      it work: the first day begins when it has called or refreshed, for which there are \(wait.writtenExactly).
      """)
    guard try await hasCome(rehearsal, since: Timestamp(milliseconds: 0)) else { throw Denied(nobody(rehearsal)) }
    for (index, day) in days.enumerated() {
      let end = WallClock.system.now() + length
      say("Day \(index + 1) of \(days.count), \(day.rawValue): \(day.meaning). It ends at \(end.readable).")
      rehearsal.begin(day, for: length)
      if day == .revoked { try await cast.revoke() }
      try await Task.sleep(for: length)
      guard let report = rehearsal.end() else { return }
      note(report)
      say("\(day.rawValue): \(report.outcome).")
      guard index + 1 < days.count, report.isOver else { continue }
      // What is served from now on is of the new approval.
      try await cast.revoke()
      let moment = WallClock.system.now()
      try await cast.write(to: file, isNew: false)
      say(
        """
        \(report.ending) \(file) has a new pair of tokens: give it to the integration, or have it approve again. The next \
        day begins when it has called or refreshed with them, for which there are \(wait.writtenExactly).
        """)
      guard try await hasCome(rehearsal, since: moment) else {
        say("Nothing was served to a new approval within \(wait.writtenExactly); the other days are not played.")
        return
      }
    }
  }

  /// Why the first day does not begin.
  private func nobody(_ rehearsal: Rehearsal) -> String {
    guard let (count, status) = rehearsal.refusals else {
      return "Nothing came within \(wait.writtenExactly). Is the integration pointed at \(settings.issuer)?"
    }
    return """
      \(count.counted("request")) came within \(wait.writtenExactly), and none was served; the last was answered \(status). Has the \
      integration the tokens, and the app's id and secret, that \(file) had?
      """
  }

  /// Waits until the integration was served.
  private func hasCome(_ rehearsal: Rehearsal, since moment: Timestamp) async throws -> Bool {
    let end = ContinuousClock.now + wait
    while ContinuousClock.now < end {
      if rehearsal.hasServed(since: moment) { return true }
      try await Task.sleep(for: .milliseconds(200))
    }
    return false
  }
}

extension DayReport {
  /// How the day went, in a few words.
  fileprivate var outcome: String {
    guard isLost else { return verdict.rawValue }
    return verdict.rawValue
      + (day.endsGrant ? "; nobody keeps the approval on such a day" : ", and the approval is lost")
  }

  /// Why the approval that it had is over.
  fileprivate var ending: String {
    isLost || day == .revoked
      ? "That approval is over." : "The integration did not come back, so the rehearsal has ended that approval."
  }

  /// Whether the integration may need a new approval for the days that come. One that has approved again by itself does not.
  fileprivate var isOver: Bool { isLost || day == .revoked || findings.contains(.gaveUp) }
}

/// The days that have been played to their end, in order.
private final class PlayedDays: Sendable {
  let reports = Mutex<[DayReport]>([])
}
