import KeeperKit
import NIOCore
import NIOEmbedded
import Outbound
import Sockets
import TestKit
import Testing
import Wire

@testable import Proxy

/// Whose connections without a key are counted together.
struct StrangerTests {
  private struct Stand {
    let loop = EmbeddedEventLoop()
    let plane: LoopPlane

    init(_ callers: Callers = .local) {
      var limits = ProxyLimits()
      limits.keylessConnectionsOfAddress = 2
      plane = LoopPlane(
        loop: loop, gateway: FakeGateway(origin: "http://127.0.0.1:1"), clock: VirtualTime().clock, limits: limits,
        dialer: Dialer(), places: Places(limits.places), callers: callers, logger: .silent)
    }

    /// Which of the connections from these addresses, opened one after the other, are open at the end.
    func open(_ addresses: [String]) throws -> [Bool] {
      let channels = try addresses.map { address in
        let channel = EmbeddedChannel(loop: loop)
        try plane.serve(channel)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        loop.run()
        return channel
      }
      return channels.map(\.isActive)
    }
  }

  @Test("K32: one address of another machine has so many connections without a key, and takes the next from itself")
  func ofOneAddress() throws {
    #expect(
      try Stand().open(["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2"])
        == [false, true, true, true, true])
    #expect(try Stand().open(Array(repeating: "127.0.0.1", count: 5)) == Array(repeating: true, count: 5))
  }

  @Test("K31: behind a TLS proxy, whose address everybody has, nobody takes another's place by it")
  func behindProxy() throws {
    let proxy = try #require(IPAddress("192.0.2.1"))
    let open = try Stand(.proxies([proxy])).open(Array(repeating: "192.0.2.1", count: 5))
    #expect(open == Array(repeating: true, count: 5))
  }
}
