import NIOCore
import Synchronization
import Wire

/// Who has a connection open, and who goes when there is no room.
///
/// A connection is loose until it has shown that it is somebody's; then its place is kept. A newcomer who finds no room
/// takes the place of a loose one, the eldest of whoever has the most of those. So whoever shows nothing, however many
/// connections he opens, keeps out nobody who does (K32).
package final class Places: Sendable {
  package struct Limits: Sendable, Equatable {
    package var all: Int
    package var loose: Int
    /// Loose ones of one address.
    package var looseOfAddress: Int
    /// Those that are kept for one holder.
    package var ofHolder: Int

    package init(all: Int, loose: Int, looseOfAddress: Int, ofHolder: Int) {
      self.all = all
      self.loose = loose
      self.looseOfAddress = looseOfAddress
      self.ofHolder = ofHolder
    }
  }

  package struct Ticket: Sendable, Hashable { fileprivate var number: UInt64 }

  fileprivate enum Standing: Equatable {
    case loose
    /// For a holder, or for one who is not counted.
    case kept(String?)
  }

  fileprivate struct Place {
    /// Nil for an address that everybody has: this machine's own, or a proxy's.
    var address: String?
    var standing = Standing.loose
    var displaced: @Sendable () -> Void
  }

  fileprivate struct State {
    var last: UInt64 = 0
    var places: [Ticket: Place] = [:]
    /// By address, the eldest first.
    var loose: [String?: [Ticket]] = [:]
    var looseCount = 0
    var held: [String: Int] = [:]
  }

  private let limits: Limits
  private let state = Mutex(State())

  package init(_ limits: Limits) { self.limits = limits }

  /// Takes a loose place, if need be from somebody else.
  ///
  /// - Parameters:
  ///   - address: nil for one that everybody has.
  ///   - displaced: called, on any thread, if the place goes to a newcomer; the connection is then to be closed.
  /// - Returns: nil where every place is kept.
  package func enter(from address: String?, displaced: @escaping @Sendable () -> Void) -> Ticket? {
    let (ticket, loser) = state.withLock { state -> (Ticket?, Place?) in
      var loser: Place?
      if let address, state.loose[address, default: []].count >= limits.looseOfAddress {
        loser = state.removeEldest(of: address)
      } else if state.looseCount >= limits.loose || state.places.count >= limits.all {
        loser = state.removeEldest()
        guard loser != nil else { return (nil, nil) }
      }
      state.last += 1
      let ticket = Ticket(number: state.last)
      state.places[ticket] = Place(address: address, displaced: displaced)
      state.addLoose(ticket, address)
      return (ticket, loser)
    }
    loser?.displaced()
    return ticket
  }

  /// Takes a place that is kept for a holder from the beginning, and takes it from nobody.
  ///
  /// - Returns: nil where no place is free, or that holder has as many as he may.
  package func enter(as holder: String) -> Ticket? {
    state.withLock { state -> Ticket? in
      guard state.places.count < limits.all, state.held[holder, default: 0] < limits.ofHolder else { return nil }
      state.last += 1
      let ticket = Ticket(number: state.last)
      state.held[holder, default: 0] += 1
      state.places[ticket] = Place(standing: .kept(holder), displaced: {})
      return ticket
    }
  }

  /// Keeps a place for a holder; nil is a holder who is not counted.
  ///
  /// - Returns: false where that holder has as many as he may, or the place has gone to somebody else meanwhile.
  package func keep(_ ticket: Ticket, for holder: String?) -> Bool {
    state.withLock { state in
      guard var place = state.places[ticket] else { return false }
      guard place.standing != .kept(holder) else { return true }
      if let holder, state.held[holder, default: 0] >= limits.ofHolder { return false }
      state.unbind(ticket, place)
      if let holder { state.held[holder, default: 0] += 1 }
      place.standing = .kept(holder)
      state.places[ticket] = place
      return true
    }
  }

  /// Makes a kept place loose again, as the youngest of the loose ones.
  package func loosen(_ ticket: Ticket) {
    state.withLock { state in
      guard var place = state.places[ticket], place.standing != .loose else { return }
      state.unbind(ticket, place)
      place.standing = .loose
      state.places[ticket] = place
      state.addLoose(ticket, place.address)
    }
  }

  package func leave(_ ticket: Ticket) {
    state.withLock { state in
      guard let place = state.places.removeValue(forKey: ticket) else { return }
      state.unbind(ticket, place)
    }
  }

  /// Gives up a quarter of the loose places, where something is short that each connection takes, such as descriptors.
  package func displaceSome() {
    let losers = state.withLock { state in (0..<(state.looseCount + 3) / 4).compactMap { _ in state.removeEldest() } }
    for loser in losers { loser.displaced() }
  }
}

extension Places.State {
  fileprivate mutating func addLoose(_ ticket: Places.Ticket, _ address: String?) {
    loose[address, default: []].append(ticket)
    looseCount += 1
  }

  /// Takes it off the list that it is on.
  fileprivate mutating func unbind(_ ticket: Places.Ticket, _ place: Places.Place) {
    switch place.standing {
    case .loose:
      guard let index = loose[place.address]?.lastIndex(of: ticket) else { return }
      loose[place.address]?.remove(at: index)
      if loose[place.address]?.isEmpty == true { loose[place.address] = nil }
      looseCount -= 1
    case .kept(let holder):
      guard let holder, let count = held[holder] else { return }
      held[holder] = count > 1 ? count - 1 : nil
    }
  }

  fileprivate mutating func removeEldest(of address: String?) -> Places.Place? {
    guard let ticket = loose[address]?.first, let place = places.removeValue(forKey: ticket) else { return nil }
    unbind(ticket, place)
    return place
  }

  /// Of whoever has the most.
  fileprivate mutating func removeEldest() -> Places.Place? {
    loose.max { $0.value.count < $1.value.count }.flatMap { removeEldest(of: $0.key) }
  }
}

extension SocketAddress {
  /// Whose connections are counted together: an address, or the network that one household or machine has of IPv6. Nil for
  /// this machine's own, which all of its users have.
  package var caller: String? {
    guard let ip, !Loopback.isAddress(ip.bytes) else { return nil }
    guard ip.bytes.count == 4 else { return ip.network.map { String($0, radix: 16) }.joined(separator: ":") }
    return "v4:" + String(ip.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }, radix: 16)
  }

  /// Nil for a socket of this machine that has no address.
  package var ip: IPAddress? {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { IPAddress(bytes: $0) }
    case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { IPAddress(bytes: $0) }
    case .unixDomainSocket: nil
    }
  }
}
