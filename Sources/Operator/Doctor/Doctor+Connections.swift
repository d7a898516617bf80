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
        let anew =
          switch value.table {
          case "clients": "set it anew: evergrant client add \(value.owner) --replace"
          case "alert_channels": "make the channel anew: evergrant alert"
          default: "let a person approve again: evergrant connect \(value.owner)"
          }
        return .problem(
          .secret,
          "\(value.words.first?.uppercased() ?? "")\(value.words.dropFirst()) does not open with the key file.",
          of: value.owner, "Put the key back that sealed it, or \(anew)")
      }
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
    rows.clients.compactMap { client in
      if client.provider == nil {
        return .problem(
          .client, "This version knows no provider \(client.providerName), or its address is missing.", of: client.name,
          "Set it anew: evergrant client add \(client.name) --replace --provider …")
      }
      return client.stopped.map {
        .problem(
          .client, "It is stopped: \($0).", of: client.name,
          "Set its credentials anew: evergrant client add \(client.name) --replace")
      }
    }
  }

  static let redirects = overRows(.redirect, "whether redirect URIs can be used") { rows, facts in
    rows.clients.filter { !$0.isForKeys }.compactMap { client in
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

  static let doubts = overRows(.doubt, "whether an answer was lost") { rows, facts in
    let doubts = rows.connections.compactMap { row -> Finding? in
      guard row.state == .active, let intent = row.intent, row.lease?.isOver(at: facts.uptime) ?? true else {
        return nil
      }
      let says = "Whether the refresh begun by process \(intent.process) was answered is not known."
      let tolerates = rows.client(row.client)?.provider?.toleratesRetry ?? false
      return tolerates
        ? .ok(.doubt, "\(says) The provider lets it be asked again, which happens by itself.", of: row.name)
        : .problem(
          .doubt, "\(says) It is asked again when the access token ends.", of: row.name,
          "Wait. If it is refused then, approve again: evergrant connect \(row.name)")
    }
    return doubts.isEmpty ? [.ok(.doubt, "No answer to a refresh is missing.")] : doubts
  }

  static let quarantines = overRows(.quarantine, "whether a connection is set apart") { rows, _ in
    let apart = rows.connections.compactMap { row in
      row.quarantine.map {
        Finding.problem(
          .quarantine, "It is not refreshed: \($0.reason).", of: row.name,
          "Ask the provider, which spends nothing: evergrant check \(row.name). Whether newer tokens are at hand, status says; "
            + "what each choice risks: evergrant trust --help")
      }
    }
    return apart.isEmpty ? [.ok(.quarantine, "No connection is set apart.")] : apart
  }
}
