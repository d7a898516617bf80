import NIOCore
import NIOPosix
import Synchronization

/// Looks up the name of one connection. An address is its own answer.
final class NameResolver: Resolver, Sendable {
  private let names: NameLookups
  private let party: String?
  private let loop: any EventLoop
  private let v4: EventLoopPromise<[SocketAddress]>
  private let v6: EventLoopPromise<[SocketAddress]>
  private let ticket = Mutex<(host: String, number: Int)?>(nil)
  private let hasAnswer = Atomic(false)

  /// How many addresses of a kind a name may have; more are not dialled, so that nobody makes a list of others' addresses
  /// out of one name.
  private static let mostAddresses = 8

  /// - Parameters:
  ///   - party: whose turn among the look-ups it takes; nil for the name's own.
  ///   - loop: the connection's.
  init(_ names: NameLookups, of party: String?, on loop: any EventLoop) {
    self.names = names
    self.party = party
    self.loop = loop
    v4 = loop.makePromise()
    v6 = loop.makePromise()
  }

  /// Whether there is an answer, be it that there is no such name.
  var isDone: Bool { hasAnswer.load(ordering: .relaxed) }

  /// Both kinds are looked up at once, and this is asked for first.
  func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    if let address = try? SocketAddress(ipAddress: host, port: port) {
      tell([address])
    } else {
      let number = names.enter(host, of: party ?? host) { [self] found in
        tell(
          found.map { address in
            var address = address
            address.port = port
            return address
          })
      }
      ticket.withLock { $0 = (host: host, number: number) }
    }
    return v6.futureResult
  }

  func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { v4.futureResult }

  /// Called on the loop, where the connection waits no longer.
  func cancelQueries() {
    if let ticket = ticket.withLock({ $0 }) { names.leave(ticket.host, ticket.number) }
    v6.fail(ConnectionFailure.slowName)
    v4.fail(ConnectionFailure.slowName)
  }

  private func tell(_ addresses: [SocketAddress]) {
    hasAnswer.store(true, ordering: .relaxed)
    let (sixes, fours) = (addresses.filter(\.isV6), addresses.filter { !$0.isV6 })
    // Both in one go, so that neither kind is tried before the other is known.
    loop.execute { [v4, v6] in
      v6.succeed(Array(sixes.prefix(Self.mostAddresses)))
      v4.succeed(Array(fours.prefix(Self.mostAddresses)))
    }
  }
}

extension SocketAddress {
  fileprivate var isV6: Bool { if case .v6 = self { true } else { false } }
}
