import Store
import Testing

@testable import Keeper
@testable import Wire

/// What is the matter with a connection, by what is known of it.
struct DiagnosisTests {
  private static let cut = Trouble.unreachable(because: "no such host")

  @Test("K18, K20: nothing is the matter with a connection that is refreshed in time, and its calls are served")
  func well() {
    let diagnosis = Diagnosis(.well())
    #expect(
      diagnosis.situations.isEmpty && diagnosis.words == nil && diagnosis.warning == nil && diagnosis.pause == nil)
    #expect(diagnosis.isServed && diagnosis.hasLiveToken && !diagnosis.needsHands)
    #expect(diagnosis.forecast.personNeededBy == Evidence.start + .days(45))
  }

  @Test("each thing that is the matter is found by its fact, and only what does not heal by itself needs hands")
  func each() {
    func found(
      _ expected: Situation, needsHands: Bool, after age: Duration = .hours(1),
      _ change: (inout Evidence) -> Void
    ) {
      let diagnosis = Diagnosis(.well(after: age, change))
      #expect(diagnosis.situations == [expected])
      #expect(diagnosis.needsHands == needsHands, "\(expected)")
    }
    found(.refused(.refused(words: "400")), needsHands: true) {
      $0.row.state = .needsApproval
      $0.row.loss = .refused(words: "400")
    }
    found(.disconnected, needsHands: false) { $0.row.state = .disconnected }
    found(.clientStopped(.refused(words: "401")), needsHands: true) { $0.client.stopped = .refused(words: "401") }
    found(.sealed, needsHands: true) { $0.opening.refresh = false }
    found(.sealed, needsHands: true) { $0.opening.access = false }
    found(.rejected(.accessRefused), needsHands: true) {
      $0.row.refresh = nil
      $0.row.access?.until = Evidence.start + .days(3650)
      $0.row.trouble = .accessRefused
    }
    found(.suspended(.suspended(words: "403")), needsHands: false) {
      $0.row.suspendedAt = Evidence.start
      $0.row.trouble = .suspended(words: "403")
    }
    found(.suspended(nil), needsHands: false) { $0.row.suspendedAt = Evidence.start }
    found(.answerLost(.lost, heldBy: nil), needsHands: false) { $0.row.intent = .lost }
    found(.answerLost(.lost, heldBy: "gone"), needsHands: true) {
      $0.row.intent = .lost
      $0.mayBeHeld = true
    }
    found(.putOff(Self.cut), needsHands: false) { $0.row.trouble = Self.cut }
    found(.overdue(since: Diagnosis(.well()).schedule.dueAt ?? Evidence.start), needsHands: true, after: .hours(20)) {
      _ in
    }
    let endpoint = Evidence.EndpointTrouble(trouble: Self.cut, connection: "office")
    found(.awaitsTurn(endpoint), needsHands: false, after: .hours(20)) { $0.endpointTrouble = endpoint }
    found(.clockDiffers(.seconds(60)), needsHands: true) { $0.row.clockSkew = .seconds(60) }
  }

  @Test("a refresh that is under way is no trouble, and puts no process under suspicion")
  func flying() {
    let flying = Evidence.well(after: .hours(20)) {
      $0.row.intent = .lost
      $0.row.lease = Lease(holder: "gone", from: $0.moment.uptime)
      $0.mayBeHeld = true
    }
    #expect(Diagnosis(flying).situations.isEmpty)
    var failed = flying
    failed.row.trouble = .answerLost(because: "cut")
    #expect(Diagnosis(failed).situations == [.answerLost(.lost, heldBy: nil)])
  }

  @Test("of several things that are the matter each is found, and what an operator must see to first comes first")
  func ranks() {
    let diagnosis = Diagnosis(
      .well {
        $0.row.quarantine = .since($0.moment)
        $0.client.stopped = .refused(words: "401")
        $0.opening.access = false
        $0.row.suspendedAt = Evidence.start
        $0.row.intent = .lost
        $0.row.clockSkew = .minutes(-2)
      })
    #expect(
      diagnosis.situations == [
        .quarantined(.since(diagnosis.evidence.moment), isOffered: false, doubt: .sealed),
        .clientStopped(.refused(words: "401")), .sealed, .suspended(nil), .answerLost(.lost, heldBy: nil),
        .clockDiffers(.minutes(-2)),
      ])
    #expect(diagnosis.isClockOff)
    let lost = Diagnosis(
      .well {
        $0.row.state = .needsApproval
        $0.row.quarantine = .since($0.moment)
      })
    #expect(lost.chief == .refused(nil) && lost.situations.count == 2)
  }

  @Test("why no call is served has one answer, and a pause is named where nothing else keeps calls away")
  func outages() {
    func outage(_ expected: Diagnosis.Outage?, _ change: (inout Evidence) -> Void) {
      let diagnosis = Diagnosis(.well(change))
      #expect(diagnosis.outage == expected && diagnosis.isServed == (expected == nil))
    }
    outage(nil) { _ in }
    outage(.noGrant) { $0.row.state = .needsApproval }
    outage(.noGrant) { $0.row.state = .disconnected }
    outage(.rejected) {
      $0.row.refresh = nil
      $0.row.trouble = .accessRefused
    }
    outage(.suspended) { $0.row.suspendedAt = Evidence.start }
    outage(.ended) { $0.row.access?.until = $0.moment.now }
    outage(.ended) { $0.row.access = nil }
    outage(.noAddress) { $0.client.provider = .unknown("gone") }
    outage(.sealed) { $0.opening.access = false }
    outage(nil) { $0.opening.refresh = false }
    outage(.paused) { $0.row.pausedAt = Evidence.start }
    outage(.ended) {
      $0.row.pausedAt = Evidence.start
      $0.row.access?.until = $0.moment.now
    }
    #expect(Diagnosis(.well { $0.row.suspendedAt = Evidence.start }).hasLiveToken, "it lives, and is not let through")
  }

  @Test("whatever is the matter with a paused connection is told with how to let calls through again")
  func paused() {
    func next(after age: Duration = .hours(1), _ change: (inout Evidence) -> Void) -> String? {
      let diagnosis = Diagnosis(
        .well(after: age) {
          $0.row.pausedAt = Evidence.start
          change(&$0)
        })
      return (diagnosis.words ?? diagnosis.warning)?.next
    }
    let resume = "Let calls through again: evergrant resume shop"
    for (what, next) in [
      ("a refresh that fails", next { $0.row.trouble = Self.cut }),
      ("one that nobody tries", next(after: .hours(20)) { _ in }),
      ("a lost answer", next { $0.row.intent = .lost }), ("a clock", next { $0.row.clockSkew = .seconds(60) }),
      ("a person who is needed", next { $0.row.state = .needsApproval }),
      ("a day that is near", next { $0.row.refresh = nil }),
    ] {
      #expect(next?.contains(resume) == true, "\(what): \(next ?? "nothing")")
    }
    #expect(next { $0.row.state = .disconnected }?.contains("resume") == false, "it has ended")
    let open = Diagnosis(.well { $0.row.trouble = Self.cut })
    #expect(open.words?.next.contains("resume") == false)
  }

  @Test("a clock that differs by a minute is told of, and one that differs by less is not, whoever looks")
  func clock() {
    for (difference, isOff) in [(60_000, true), (59_999, false), (-59_999, false), (-60_000, true), (0, false)] {
      let skew = Duration.milliseconds(difference)
      #expect(RefreshPolicy.isClockOff(by: skew) == isOff, "\(difference)")
      #expect(
        RefreshPolicy.toleratedSkew.contains(skew.milliseconds) != isOff, "the query for alerts has the same bounds")
      #expect(Diagnosis(.well { $0.row.clockSkew = skew }).isClockOff == isOff)
    }
  }

  // MARK: - When a person is needed

  @Test("K18: of 14, 7 and 1 days the nearest counts, from when nothing puts the day off any more")
  func notices() {
    for (left, notice) in [
      (Duration.days(15), nil), (.days(14), Duration.days(14)), (.days(8), .days(14)), (.days(7), .days(7)),
      (.hours(25), .days(7)), (.days(1), .days(1)), (.days(-1), .days(1)),
    ] {
      let forecast = Diagnosis(.well(after: .days(45) - left)).forecast
      #expect(forecast.notice == notice && forecast.isNear == (notice != nil), "\(left)")
    }
  }

  @Test(
    "K18: a day that the next refresh puts off is not near, however short the window, until that refresh fails to come")
  func putOff() {
    // Ten days of access, a window of twenty: at most fourteen are left from the sixth on, and the eighth is when it is refreshed.
    func notice(after age: Duration, _ change: (inout Evidence) -> Void = { _ in }) -> Duration? {
      Diagnosis(.well(access: .days(10), window: .days(20), after: age, change)).forecast.notice
    }
    #expect(notice(after: .days(6) + .hours(1)) == nil && notice(after: .days(7)) == nil)
    #expect(notice(after: .days(9)) == .days(14), "nobody has tried")
    #expect(notice(after: .days(7)) { $0.row.failures = 1 } == .days(14), "it fails")
    #expect(notice(after: .days(7)) { $0.client.stopped = .refused(words: "401") } == .days(14), "it cannot succeed")
    let short = Evidence.well(window: .days(7)) { $0.row.failures = 1 }
    #expect(Diagnosis(short).forecast.notice == nil, "one failure is no warning where no window is longer")
  }

  @Test("K18: without a refresh token the end of the access token is the day, and a key has none")
  func noRefreshToken() {
    func forecast(_ change: (inout Evidence) -> Void = { _ in }) -> Forecast {
      Diagnosis(
        .well {
          $0.row.refresh = nil
          change(&$0)
        }
      ).forecast
    }
    #expect(forecast().personNeededBy == Evidence.start + .hours(24) && forecast().notice == .days(1))
    let ofKey = forecast { $0.client.clientID = "" }
    #expect(ofKey.personNeededBy == nil && ofKey.notice == nil)
  }

  @Test("K18: since when a person is needed stays the moment of the refusal")
  func refusedAt() {
    let refused = Diagnosis(
      .well {
        $0.row.state = .needsApproval
        $0.refusedAt = Evidence.start
      })
    #expect(refused.forecast.personNeededBy == Evidence.start && !refused.forecast.isNear)
    #expect(Diagnosis(.well { $0.row.state = .disconnected }).forecast.personNeededBy == nil)
  }

  // MARK: - A restored backup

  @Test("K28: whether a check can tell follows from the provider, from what is at hand and from when it would count")
  func doubts() {
    func doubt(_ expected: QuarantineDoubt?, after age: Duration = .hours(1), _ change: (inout Evidence) -> Void) {
      let evidence = Evidence.well(after: age) {
        $0.row.quarantine = .since($0.moment)
        change(&$0)
      }
      guard let quarantine = evidence.row.quarantine else { return }
      #expect(QuarantineDoubt(evidence, of: quarantine) == expected)
      let asked = quarantine.refusedAt == nil ? expected : nil
      #expect(QuarantineDoubt.beforeAsking(evidence, of: quarantine) == asked, "a check asks again after a refusal")
    }
    let end = Evidence.start + .hours(24)
    doubt(nil) { _ in }
    doubt(.refused) { $0.row.quarantine?.refusedAt = Evidence.start }
    doubt(.notAtHand) { $0.offer = .newer(than: $0.row, isWhole: false) }
    doubt(.nothingToAsk) { $0.client.provider.userinfo = nil }
    doubt(.olderLiveOn) { $0.client.provider.endsAccessTokens = false }
    doubt(.ended(end), after: .hours(25)) { _ in }
    doubt(.ended(end), after: .hours(24) - .minutes(10)) { _ in }
    doubt(nil, after: .hours(24) - .minutes(11)) { _ in }
    doubt(.ended(nil)) { $0.row.access = nil }
    doubt(.sealed) { $0.opening.access = false }
    doubt(nil) {
      $0.offer = .newer(than: $0.row, isWhole: true)
      $0.opening.access = false
    }
    doubt(.sealed) {
      $0.offer = .newer(than: $0.row, isWhole: true)
      $0.opening.offered = false
    }
  }
}

extension Evidence {
  /// When the connection was refreshed last.
  static let start = Timestamp(seconds: 1_795_449_600)

  /// A connection at a strict provider, with nothing the matter with it but its age.
  static func well(
    access: Duration = .hours(24), window: Duration = .days(45), after age: Duration = .hours(1),
    _ change: (inout Evidence) -> Void = { _ in }
  ) -> Evidence {
    var provider = Provider.unknown("example")
    provider.title = "Example"
    (provider.tokenEndpoint, provider.apiOrigin) = ("https://example.test/token", "https://example.test")
    provider.userinfo = "/me"
    provider.endsAccessTokens = true
    let client = Client(
      name: "app", provider: provider, clientID: "id", changed: 1, isVouched: false)
    var row = Connection(new: "shop", client: "app")
    (row.epoch, row.generation, row.version) = (1, 3, 3)
    row.access = Connection.Access(sealed: [1], from: start, until: start + access)
    row.refresh = Connection.Refresh(sealed: [2], generation: 3, fingerprint: [3], until: start + window)
    row.refreshedAt = start
    let uptime = Uptime(boot: "boot", milliseconds: 1_000_000_000_000 + age.milliseconds)
    var evidence = Evidence(row, client: client, at: Moment(now: start + age, uptime: uptime))
    change(&evidence)
    return evidence
  }
}

extension Connection.Intent {
  /// What a process has left that ended with a refresh in the air.
  static let lost = Connection.Intent(
    epoch: 1, generation: 3, fingerprint: [3], at: Evidence.start + .minutes(1), process: "gone")
}

extension Connection.Quarantine {
  static func since(_ moment: Moment) -> Connection.Quarantine {
    Connection.Quarantine(cause: .noWitness, at: moment.now, uptime: moment.uptime.milliseconds)
  }
}

extension Offer {
  /// - Parameter isWhole: whether the refresh token is at hand too.
  static func newer(than row: Connection, isWhole: Bool) -> Offer {
    Offer(
      connection: row.name, epoch: row.epoch, generation: row.generation + 1,
      access: Connection.Access(sealed: [4], from: Evidence.start, until: Evidence.start + .hours(24)),
      fingerprint: [5],
      refresh: isWhole ? Connection.Refresh(sealed: [6], generation: row.generation + 1, fingerprint: [5]) : nil)
  }
}
