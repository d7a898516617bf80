import Keeper
import Store
import Wire

/// What `doctor` has seen, before any judgement: each part may be missing or broken without the others.
package struct DoctorFacts: Sendable {
  package var folder: FolderSight
  package var server: ServerSight
  package var key: KeySight
  package var store: StoreSight
  package var journals: Sight<[JournalSight]>
  package var witness: Sight<WitnessReading>
  package var lastBackup: Sight<BackupRecord?>
  /// The origins that the clients' providers are at.
  package var origins: [Origin: OriginSight]
  package var now: Timestamp
  package var uptime: Uptime
  /// Where people reach this keeper from outside, if they do.
  package var publicAddress: PublicAddress?
}

/// Something that was looked for.
package enum Sight<Fact: Sendable>: Sendable {
  case seen(Fact)
  /// Why it could not be seen.
  case unseen(String)

  init(_ look: () throws -> Fact) {
    do { self = .seen(try look()) } catch { self = .unseen("\(error)") }
  }

  var fact: Fact? { if case .seen(let fact) = self { fact } else { nil } }
}

/// What can be seen of a keeper's store.
package enum StoreSight: Sendable {
  case missing
  /// This user may not look.
  case hidden
  /// It is there, and this version cannot read it, for that reason.
  case unusable(String)
  case seen(StoreContent)
}

package struct StoreContent: Sendable {
  package var version: Int
  package var writing: DatabaseLook.Writing
  package var rows: Sight<StoreRows>
  /// What does not open with the key file.
  package var unopened: Sight<[SealedValue]>
}

package struct StoreRows: Sendable {
  /// A client without its secret.
  package struct ClientRow: Sendable {
    package var client: Client

    package var name: String { client.name }
    /// Nil where there is no entry for its provider.
    package var provider: Provider? {
      get { client.provider.isUnknown ? nil : client.provider }
      set { client.provider = newValue ?? .unknown(client.provider.name) }
    }
    package var redirectURI: String? {
      get { client.redirectURI }
      set { client.redirectURI = newValue }
    }
    package var stopped: ClientStop? {
      get { client.stopped ?? (provider == nil ? .noEntry(provider: client.provider.name) : nil) }
      set { client.stopped = newValue }
    }
  }

  package var mark: WitnessMark
  /// Whether there is anything that a server would do.
  package var needsServer: Bool
  package var clients: [ClientRow]
  package var connections: [Connection]
  /// The newest tokens that are offered for each connection.
  package var offers: [String: Offer]

  func client(_ name: String) -> ClientRow? { clients.first { $0.name == name } }
}

extension DoctorFacts {
  /// Looks at everything, and changes nothing.
  package static func gather(
    _ folder: DataFolder, providers: ProviderCatalogue, probe: any OriginProbe, serverProbe: any OriginProbe,
    clock: WallClock
  ) async -> DoctorFacts {
    let key = KeySight(folder)
    let store = await StoreSight.look(at: folder.file(KeeperStore.name), key: key, providers: providers)
    var facts = DoctorFacts(
      folder: FolderSight(folder.path), server: await folder.server(asking: serverProbe), key: key, store: store,
      journals: Sight { try JournalFolder.look(at: folder.journalPath) },
      witness: Sight { try folder.witness().read() },
      lastBackup: Sight { try folder.lastBackup() }, origins: [:], now: clock.now(), uptime: clock.uptime())
    facts.origins = await look(at: facts.rows?.origins ?? [], probe)
    // The providers' clocks are compared with the moment of their answers.
    facts.now = clock.now()
    return facts
  }

  private static func look(at origins: Set<Origin>, _ probe: any OriginProbe) async -> [Origin: OriginSight] {
    await withTaskGroup(of: (Origin, OriginSight).self) { group in
      for origin in origins { group.addTask { (origin, await probe.look(at: origin)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  /// Whether the disk has less than 1 MiB left. A database cannot even be read then, so what is found out about it says nothing
  /// of it.
  var isFull: Bool {
    guard case .seen(_, _, let free?) = folder else { return false }
    return free < 1 << 20
  }

  /// What the store holds, where that can be read.
  var rows: StoreRows? { if case .seen(let content) = store { content.rows.fact } else { nil } }

  /// Why what the store holds cannot be read.
  var blindness: String? {
    switch store {
    case .unusable where isFull: "the disk is full"
    case .missing: "there is no keeper's database"
    case .hidden: "this user may not look at the keeper's database"
    case .unusable(let why): "the keeper's database \(why)"
    case .seen(let content): if case .unseen(let why) = content.rows { why } else { nil }
    }
  }
}

extension StoreSight {
  fileprivate static func look(at path: String, key: KeySight, providers: ProviderCatalogue) async -> StoreSight {
    switch FolderSight(path) {
    case .missing: return .missing
    case .hidden: return .hidden
    default: break
    }
    let look: DatabaseLook
    do { look = try DatabaseLook(path: path) } catch StoreError.unavailable(let reason) {
      return .unusable("cannot be read: \(reason)")
    } catch {
      return .unusable("cannot be read: \(error)")
    }
    defer { look.close() }
    if let fault = await KeeperStore.fault(in: look.database) { return .unusable(fault) }
    let version = (try? await look.database.read { try KeeperStore.version($0) }) ?? 0
    let writing = look.tryWriting()
    guard version == KeeperStore.version else {
      let why = "its form is an earlier one (schema \(version)); the next start brings it up to date"
      return .seen(StoreContent(version: version, writing: writing, rows: .unseen(why), unopened: .unseen(why)))
    }
    let rows: Sight<StoreRows>, unopened: Sight<[SealedValue]>
    do { rows = .seen(try await look.database.read { try GrantStore.rows($0, providers: providers) }) } catch {
      rows = .unseen("\(error)")
    }
    switch key {
    case .seen(_, let ring):
      do { unopened = .seen(try await look.database.read { try SealedTable.unopened(with: ring, $0) }) } catch {
        unopened = .unseen("\(error)")
      }
    default: unopened = .unseen("there is no key file that could be tried")
    }
    return .seen(StoreContent(version: version, writing: writing, rows: rows, unopened: unopened))
  }
}

extension GrantStore {
  /// What a store tells without a key.
  fileprivate static func rows(_ db: any Transaction, providers: ProviderCatalogue) throws -> StoreRows {
    guard let state = try db.row("SELECT store, landings FROM store_state WHERE id = 1") else {
      throw StoreError.unreadable("no store state")
    }
    return StoreRows(
      mark: WitnessMark(store: try state["store"], landings: try state["landings"]),
      needsServer: try needsServer(db),
      clients: try db.rows("SELECT name FROM clients ORDER BY name").map {
        StoreRows.ClientRow(client: try .named(try $0["name"], in: db, ring: nil, providers: providers))
      },
      connections: try db.rows("SELECT * FROM connections ORDER BY name").map(Connection.init),
      offers: try Offer.newest(db))
  }
}

extension StoreRows {
  /// Where the providers of the clients are.
  var origins: Set<Origin> { Set(clients.compactMap(\.provider).flatMap(\.origins)) }
}

extension Provider {
  /// Where its endpoints are.
  var origins: [Origin] {
    [tokenEndpoint, authorizationEndpoint, revocationEndpoint, apiOrigin].compactMap { $0.flatMap(Origin.init(of:)) }
  }
}
