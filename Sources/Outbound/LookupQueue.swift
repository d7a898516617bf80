/// Which name is looked up next. Each is asked for on behalf of a party, and parties take turns.
struct LookupQueue {
  /// A name that is to be looked up now, and whose turn that takes.
  struct Turn: Sendable, Equatable {
    var host: String
    var party: String
  }

  /// How many names are looked up at once, and of them for one party.
  private let most: Int
  private let mostOfParty: Int
  private var waiting: [String: [String]] = [:]
  /// The parties for whom something waits, the next one first.
  private var turns: [String] = []
  /// For whom each name is being looked up.
  private var running: [String: String] = [:]

  init(most: Int, mostOfParty: Int) {
    self.most = most
    self.mostOfParty = mostOfParty
  }

  /// A name that several ask for waits for the first of them that has its turn.
  mutating func add(_ host: String, of party: String) {
    guard running[host] == nil, waiting[party]?.contains(host) != true else { return }
    if waiting[party] == nil { turns.append(party) }
    waiting[party, default: []].append(host)
  }

  /// Begins the next look-up.
  ///
  /// - Returns: nil where nothing may begin now.
  mutating func next() -> Turn? {
    guard running.count < most, let index = turns.firstIndex(where: { mayBegin($0) }) else { return nil }
    let party = turns.remove(at: index)
    turns.append(party)
    guard let host = waiting[party]?.first else { return nil }
    drop(host)
    running[host] = party
    return Turn(host: host, party: party)
  }

  private func mayBegin(_ party: String) -> Bool { running.values.count { $0 == party } < mostOfParty }

  mutating func end(_ turn: Turn) { running[turn.host] = nil }

  /// Forgets a name that nobody waits for any more; one that is being looked up is, to its end.
  mutating func drop(_ host: String) {
    for party in turns { waiting[party]?.removeAll { $0 == host } }
    let rest = waiting.filter { !$0.value.isEmpty }
    waiting = rest
    turns.removeAll { rest[$0] == nil }
  }
}
