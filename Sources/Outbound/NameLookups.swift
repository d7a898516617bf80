import Foundation
import NIOCore
import Synchronization

/// Looks names up on threads of its own, since the system's look-up blocks for as long as the servers of a name are silent.
///
/// However many ask for a name, it is looked up once at a time. The threads are bounded, and so are those that one party's
/// names can hold: whose names are slow waits for them, and nobody else does.
package final class NameLookups: Sendable {
  /// For the names that whoever runs the program has chosen.
  package static let shared = NameLookups()

  typealias Waiter = @Sendable ([SocketAddress]) -> Void

  private struct State {
    var queue: LookupQueue
    var waiters: [String: [Int: Waiter]] = [:]
    var tickets = 0
  }

  private let state: Mutex<State>
  private let ask: @Sendable (_ host: String) -> [SocketAddress]

  /// How many threads look up at once, and of them for one party.
  private static let most = 32
  private static let mostOfParty = 4

  package convenience init() {
    self.init(most: NameLookups.most, mostOfParty: NameLookups.mostOfParty) { NameLookups.system($0) }
  }

  /// - Parameter ask: the addresses of a name, or none; it may block.
  init(most: Int, mostOfParty: Int, ask: @escaping @Sendable (_ host: String) -> [SocketAddress]) {
    state = Mutex(State(queue: LookupQueue(most: most, mostOfParty: mostOfParty)))
    self.ask = ask
  }

  /// Asks for the addresses of a name.
  ///
  /// - Parameters:
  ///   - party: whose turn it takes.
  ///   - told: called once, on any thread, with addresses whose port is 0; with none where the name has none.
  /// - Returns: a ticket to leave with.
  func enter(_ host: String, of party: String, _ told: @escaping Waiter) -> Int {
    let (ticket, turn) = state.withLock { state in
      state.tickets += 1
      state.waiters[host, default: [:]][state.tickets] = told
      state.queue.add(host, of: party)
      return (state.tickets, state.queue.next())
    }
    if let turn { begin(turn) }
    return ticket
  }

  /// Waits no longer. A look-up that has begun goes on to its end; nothing can end it sooner.
  func leave(_ host: String, _ ticket: Int) {
    state.withLock { state in
      state.waiters[host]?[ticket] = nil
      guard state.waiters[host]?.isEmpty == true else { return }
      state.waiters[host] = nil
      state.queue.drop(host)
    }
  }

  /// A thread takes one turn after another, and ends when there is none.
  private func begin(_ first: LookupQueue.Turn) {
    Thread.detachNewThread { [self] in
      var next: LookupQueue.Turn? = first
      while let turn = next {
        let addresses = ask(turn.host)
        let (waiters, following) = state.withLock { state in
          state.queue.end(turn)
          return (state.waiters.removeValue(forKey: turn.host) ?? [:], state.queue.next())
        }
        for told in waiters.values { told(addresses) }
        next = following
      }
    }
  }

  /// What the system says, in the order in which the addresses should be tried (RFC 6724).
  private static func system(_ host: String) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_protocol = Int32(IPPROTO_TCP)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let address = UnsafeRawPointer(entry.ai_addr) {
        switch entry.ai_family {
        case AF_INET: addresses.append(SocketAddress(address.load(as: sockaddr_in.self), host: host))
        case AF_INET6: addresses.append(SocketAddress(address.load(as: sockaddr_in6.self), host: host))
        default: break
        }
      }
      next = entry.ai_next
    }
    return addresses
  }
}
