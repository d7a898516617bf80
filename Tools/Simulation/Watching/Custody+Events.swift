import OAuth
import Store

/// What happens to tokens.
extension Custody {
  /// An exchange with a provider begins.
  func exchange() -> Int64 {
    book.withLock { book in
      book.exchanges += 1
      return book.exchanges
    }
  }

  /// A provider has given out a refresh token.
  func issued(_ secret: Secret, _ standing: Standing, for connection: String?, in exchange: Int64) {
    book.withLock { book in
      let known = book.grants.first { $0.value.contains(standing.grant) }?.key
      guard let connection = known ?? connection else { return }
      if known == nil {
        book.grants[connection, default: []].append(standing.grant)
        book.waivers[connection] = nil
      }
      book.issued[secret.fingerprint] = Issue(
        secret: secret, connection: connection, grant: standing.grant, at: world.time.trueNow)
      book.air[exchange, default: []].insert(secret.fingerprint)
      // What was answered until now may be answered no more.
      book.weighed[connection] = nil
    }
  }

  /// An exchange is over: the process has the answer, or nobody has.
  func arrived(_ token: Secret?, at life: Life?, by exchange: Int64) async {
    let gone = book.withLock { book in
      let gone = book.air.removeValue(forKey: exchange) ?? []
      if let token, let life, !life.isDead { book.hands[life.name, default: []].insert(token.fingerprint) }
      return Set(gone.compactMap { book.issued[$0]?.connection })
    }
    for connection in gone.sorted() { await weigh(connection, life.map(\.isDead) ?? false ? .death : .network) }
  }

  /// An approval came to nothing: its tokens are in no row.
  func abandoned(_ connection: String, by life: Life) async {
    book.withLock { book in
      let grant = book.grants[connection]?.last
      for token in book.hands[life.name] ?? [] where book.issued[token]?.grant == grant {
        book.hands[life.name]?.remove(token)
      }
    }
    await weigh(connection, life.isDead ? .death : .approval)
  }

  /// A process has died: what it remembered is gone, and its journal is as the disk has it.
  func died(_ life: Life) async {
    let left = world.host.media[life.name].map { Set(world.answers(in: $0).map(\.fingerprint)) }
    book.withLock { book in
      book.hands[life.name] = nil
      book.journaled[life.name] = left
    }
    await weigh(world.connections, .death)
  }

  /// Slots of a journal were given back. Whether that was right shows when the store is looked at next.
  func released(_ left: [Secret], of process: String) {
    let left = Set(left.map(\.fingerprint))
    book.withLock { $0.journaled[process]?.formIntersection(left) }
  }

  /// What a process has synced in its journal.
  func journaled(_ tokens: [Secret], by process: String) async {
    let new = Set(tokens.map(\.fingerprint))
    let gone = book.withLock { book in
      let gone = (book.journaled[process] ?? []).subtracting(new)
      book.journaled[process] = new
      book.hands[process]?.subtract(new)
      book.unsynced.remove(process)
      return gone
    }
    await weigh(connections(of: gone), .keeper)
  }

  /// A journal could not be written: what its process has lands without.
  func failed(_ process: String) { book.withLock { _ = $0.unsynced.insert(process) } }

  /// A row has these tokens now.
  ///
  /// - Returns: whether one of them came from a process that could have synced it first, and had not.
  func stored(_ tokens: Set<[UInt8]>, for connection: String, _ cause: Cause) async -> Bool {
    let isHasty = book.withLock { book in
      book.stored[connection] = tokens
      book.adopt(tokens, for: connection)
      // Several processes may have the same answer; one of them has synced it, or could not.
      let synced = book.journaled.values.reduce(Set<[UInt8]>()) { $0.union($1) }
      let holders = book.hands.filter { !$0.value.intersection(tokens).subtracting(synced).isEmpty }.keys
      let isHasty = !holders.isEmpty && book.unsynced.isDisjoint(with: holders)
      for process in book.hands.keys { book.hands[process]?.subtract(tokens) }
      return isHasty
    }
    await weigh(connection, cause)
    return isHasty
  }

  func offered(_ offers: [String: Set<[UInt8]>]) async {
    let changed = book.withLock { book in
      let changed = Set(book.offered.keys).union(offers.keys).filter { book.offered[$0] != offers[$0] }
      book.offered = offers
      return changed
    }
    await weigh(changed, .keeper)
  }

  /// An old state is back: what lies in rows, offers and journals now is given.
  ///
  /// - Parameter disconnected: what was given up in the old state too.
  func putBack(
    rows: [String: Set<[UInt8]>], offers: [String: Set<[UInt8]>], journals: [String: Set<[UInt8]>],
    disconnected: Set<String>, _ cause: Cause
  ) async {
    book.withLock { book in
      book.stored = rows
      book.offered = offers
      book.journaled = journals
      book.adopted = [:]
      book.floors = book.floors.filter { disconnected.contains($0.key) }
      // The old state may have forgotten what was in doubt, and then nobody can tell of it.
      for grant in book.grantLosses.keys { book.grantLosses[grant]?.cause = cause }
      for (connection, tokens) in rows { book.adopt(tokens, for: connection) }
    }
    await weigh(world.connections, cause)
  }

  /// The operator has given a connection up, and with it the approvals that wait or are under way.
  func disconnected(_ connection: String) {
    book.withLock { book in
      book.disconnects[connection, default: 0] += 1
      book.floors[connection] = book.grants[connection]?.count
      book.weighed[connection] = nil
    }
  }

  func disconnects(of connection: String) -> Int { book.withLock { $0.disconnects[connection] ?? 0 } }

  /// What is lost of a connection from now on is not the keeper's doing.
  func waive(_ connection: String, _ cause: Cause) {
    book.withLock { book in
      book.waivers[connection] = cause
      if book.losses[connection] != nil { book.losses[connection]?.cause = cause }
    }
  }

  func isWaived(_ connection: String) -> Bool { book.withLock { $0.waivers[connection] != nil } }

  func unwaive(_ connection: String, _ cause: Cause) {
    book.withLock { book in
      if book.waivers[connection] == cause { book.waivers[connection] = nil }
    }
  }

  private func connections(of fingerprints: Set<[UInt8]>) -> Set<String> {
    book.withLock { book in Set(fingerprints.compactMap { book.issued[$0]?.connection }) }
  }
}
