import Keeper
import OAuth
import Store

extension Doctor {
  static let secrets: Rule = { facts, _ in
    guard case .seen(let content) = facts.store else {
      return [.unknown(.secret, "whether secrets open: \(facts.blindness ?? "the store is unread")")]
    }
    switch content.unopened {
    case .unseen(let why): return [.unknown(.secret, "whether secrets open: \(why)")]
    case .seen(let values):
      if values.isEmpty { return [.ok(.secret, "Every stored secret opens with the key file.")] }
      return values.map { value in
        .problem(
          .secret, "\(value.words) does not open with the key file.".sentence, of: value.owner,
          "Put the key back that sealed it. Where that is lost: \(replacement(of: value, facts.rows))")
      }
    }
  }

  /// What is done about a sealed value that nobody can open any more.
  private static func replacement(of value: SealedValue, _ rows: StoreRows?) -> String {
    switch value.table {
    case "clients": rows?.client(value.owner)?.client.remedy ?? "See: evergrant client list"
    case "alert_channels": "Make the channel anew: evergrant alert"
    default:
      rows?.connections.first { $0.name == value.owner }.flatMap { rows?.client($0.client) }.map {
        "Let a person approve again: \($0.client.renewal(of: value.owner))"
      } ?? "See: evergrant status \(value.owner)"
    }
  }

  /// A rule over what the store holds.
  private static func overRows(
    _ check: Finding.Check, _ what: String, _ rule: @escaping @Sendable (StoreRows, DoctorFacts) -> [Finding]
  ) -> Rule {
    { facts, _ in
      guard let rows = facts.rows else {
        return [.unknown(check, "\(what): \(facts.blindness ?? "the store is unread")")]
      }
      return rule(rows, facts)
    }
  }

  static let clients = overRows(.client, "whether a client is in trouble") { rows, _ in
    rows.clients.compactMap { row in
      row.stopped.map { .problem(.client, "It is stopped: \($0.words).", of: row.name, row.client.remedy) }
    }
  }

  static let redirects = overRows(.redirect, "whether redirect URIs can be used") { rows, facts in
    rows.clients.filter { !$0.client.isForKeys }.compactMap { client in
      client.provider.map { redirect(client, $0, facts.publicAddress) }
    }
  }

  private static func redirect(
    _ client: StoreRows.ClientRow, _ provider: Provider, _ address: PublicAddress?
  ) -> Finding {
    let finding = redirect(client, provider)
    guard finding.verdict == .ok, let address,
      let obstacle = address.obstacle(app: client.name, redirectURI: client.redirectURI, provider: provider)
    else { return finding }
    return .problem(
      .redirect, "public-url is set, and no alert can have a link.", of: client.name, obstacle)
  }

  private static func redirect(_ client: StoreRows.ClientRow, _ provider: Provider) -> Finding {
    let remedy =
      "Set the one that is registered at \(provider.title): evergrant client add \(client.name) --replace "
      + "--redirect-uri …"
    guard let text = client.redirectURI else {
      return provider.loopbackRedirects
        ? .ok(.redirect, "Approvals come back to this machine.", of: client.name)
        : .problem(.redirect, "It has no redirect URI, and \(provider.title) needs one.", of: client.name, remedy)
    }
    let uri: RedirectURI
    do { uri = try RedirectURI(registering: text) } catch {
      return .problem(.redirect, "Its redirect URI \(text) cannot be used: \(error.reason).", of: client.name, remedy)
    }
    if uri.isLoopback, !provider.loopbackRedirects {
      return .problem(
        .redirect, "\(provider.title) accepts https redirect URIs only, and \(text) is none.", of: client.name, remedy)
    }
    return .ok(.redirect, "\(text) can be used.", of: client.name)
  }

  static let leases = overRows(.lease, "whether a refresh is under way") { rows, facts in
    let held = rows.connections.compactMap { row -> Finding? in
      guard let lease = row.lease, !lease.isOver(at: facts.uptime) else { return nil }
      let rest = "its claim ends in \(lease.remaining(at: facts.uptime).components.seconds) s"
      guard let journals = facts.journals.fact else {
        return .unknown(
          .lease, "whether process \(lease.holder), which is to refresh it, still runs; \(rest)", of: row.name)
      }
      let isLiving = journals.contains { $0.process == lease.holder && $0.isLiving }
      return .ok(
        .lease,
        isLiving
          ? "Process \(lease.holder) is refreshing it; \(rest)."
          : "Process \(lease.holder) was refreshing it and has ended; \(rest), and another takes over.", of: row.name)
    }
    return held.isEmpty ? [.ok(.lease, "No refresh is under way.")] : held
  }

  static let doubts = overDiagnoses(
    .doubt, "whether an answer was lost", none: "No answer to a refresh is missing."
  ) { diagnosis, situation in
    guard case .answerLost(let doubt, _) = situation else { return nil }
    let name = diagnosis.evidence.row.name, next = diagnosis.words(situation).next
    let says = "Whether the refresh begun by process \(doubt.process) was answered is not known."
    return situation.needsHands
      ? .problem(.doubt, says, of: name, next) : .ok(.doubt, "\(says) \(next)", of: name)
  }

  static let quarantines = overDiagnoses(
    .quarantine, "whether a connection is set apart", none: "No connection is set apart."
  ) { diagnosis, situation in
    guard case .quarantined(let quarantine, _, _) = situation else { return nil }
    return .problem(
      .quarantine, "It is not refreshed: \(quarantine.cause.words).", of: diagnosis.evidence.row.name,
      diagnosis.words(situation).next)
  }

  /// A rule over all that is the matter with each connection.
  ///
  /// - Parameter none: what is said where the rule finds nothing.
  private static func overDiagnoses(
    _ check: Finding.Check, _ what: String, none: String,
    _ rule: @escaping @Sendable (Diagnosis, Situation) -> Finding?
  ) -> Rule {
    overRows(check, what) { rows, facts in
      let found = rows.evidence(facts).map(Diagnosis.init).flatMap { diagnosis in
        diagnosis.situations.compactMap { rule(diagnosis, $0) }
      }
      return found.isEmpty ? [.ok(check, none)] : found
    }
  }
}

extension StoreRows {
  /// What the connections are judged by, as far as it was seen.
  fileprivate func evidence(_ facts: DoctorFacts) -> [Evidence] {
    let holders = AnswerHolders(of: connections.compactMap(\.intent?.process)) { process in
      guard let journals = facts.journals.fact else { throw StoreError.unavailable("the journals were not seen") }
      let entries = journals.first { $0.process == process }?.entries ?? []
      guard case .seen(_, let ring) = facts.key else {
        if entries.isEmpty { return [] }
        throw StoreError.unavailable("there is no key file to try")
      }
      return try entries.map { try Journaled(sealed: $0.bytes, ring) }
    }
    return connections.compactMap { row in
      guard let client = client(row.client)?.client else { return nil }
      var evidence = Evidence(row, client: client, at: Moment(now: facts.now, uptime: facts.uptime))
      evidence.offer = offers[row.name].flatMap { $0.isNewer(than: row) ? $0 : nil }
      if case .seen(_, let ring) = facts.key { evidence.opening = Evidence.Opening(row, evidence.offer, with: ring) }
      evidence.mayBeHeld = holders.mayHold(row)
      return evidence
    }
  }
}
