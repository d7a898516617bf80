import Keeper

/// Whether anybody still holds what a provider answers, and what ended that.
extension Custody {
  func weigh(_ connections: some Collection<String>, _ cause: Cause) async {
    for connection in connections.sorted() { await weigh(connection, cause) }
  }

  /// Looks whether anybody still holds what the provider answers. An act of the keepers may not have been what ended that.
  func weigh(_ connection: String, _ cause: Cause, isForced: Bool = false) async {
    let safe = synced(connection)
    let all = book.withLock { book in
      return safe.union(book.loose.filter { book.issued[$0]?.connection == connection })
    }
    // Nobody has got or dropped anything: what the provider would say is looked at when somebody does.
    guard isForced || book.withLock({ $0.weighed.updateValue(all, forKey: connection) != all }) else { return }
    let held = await standings(of: all)
    let now = world.time.now
    let grants = book.withLock { $0.grants[connection] ?? [] }
    book.withLock { book in
      for grant in grants {
        if held.contains(where: { $0.grant == grant && $0.isNewest }) {
          book.grantLosses[grant] = nil
        } else if book.grantLosses[grant] == nil {
          book.grantLosses[grant] = Loss(cause: cause, at: now)
        }
      }
    }
    // What a newer approval has replaced is dropped by right, though a journal may still have it (K3).
    let current = grants.filter { !isSuperseded($0, of: connection) }
    if let grant = current.last(where: { grant in held.contains { $0.grant == grant && $0.isAnswered } }) {
      return book.withLock { book in
        book.grant[connection] = grant
        book.losses[connection] = nil
      }
    }
    guard loss(of: connection) == nil, let grant = grant(of: connection) else { return }
    let ending = await world.service(of: connection).ending(of: grant)
    let found = book.withLock { book in
      let cause: Cause =
        switch ending {
        case .byPerson: .person
        case .byReplay: book.waivers[connection] ?? .replay
        // An old state has forgotten what else was lost before.
        case nil where cause == .restore || cause == .untold: book.waivers[connection] ?? cause
        case nil: book.waivers[connection] ?? book.grantLosses[grant]?.cause ?? cause
        }
      let loss = Loss(cause: cause, at: now)
      book.losses[connection] = loss
      return loss
    }
    world.figures.tell("\(connection) is lost: \(found.cause.rawValue)")
    switch found.cause {
    case .keeper:
      world.truth.violated("K3", "the last tokens of \(connection) that its provider answers were dropped")
    case .approval:
      world.truth.violated("K2", "an approval of \(connection) came to nothing, and its tokens were the only ones")
    default: break
    }
  }

  /// Looks again, for a provider forgives for a while only.
  func look(_ connection: String) async { await weigh(connection, .network, isForced: true) }

  /// The person has ended a grant, or a replay has.
  func ended(_ connection: String) async { await weigh(connection, .person, isForced: true) }
}
