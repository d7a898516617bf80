import NIOCore
import NIOEmbedded
import NetworkKit
import TestKit
import Testing
import Wire

@testable import Outbound

@Suite("Which addresses are dialled")
struct ReachTests {
  @Test("what everybody can reach is told from what only this machine or its network can")
  func isPublic() throws {
    for text in [
      "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.9.10", "169.254.169.254",
      "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.255.1", "198.18.0.1", "198.19.255.255",
      "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1",
      "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0",
      "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "100::1",
    ] {
      let address = try #require(IPAddress(text))
      #expect(!address.isPublic, "\(text)")
    }
    for text in [
      "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
      "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.1.1", "198.17.1.1", "198.20.0.0", "223.255.255.255",
      "::ffff:1.1.1.1", "2606:4700::1111", "2001:4860:4860::8888", "2a00::1",
    ] {
      let address = try #require(IPAddress(text))
      #expect(address.isPublic, "\(text)")
    }
  }

  @Test("a connection to this machine's own address is closed at once, public as the address may be")
  func own() throws {
    let public4 = try SocketAddress(ipAddress: "9.9.9.9", port: 443)
    for own in ["9.9.9.9", "9.9.9.10"] {
      let channel = EmbeddedChannel()
      try channel.pipeline.syncOperations.addHandler(PublicAddresses())
      channel.localAddress = try SocketAddress(ipAddress: own, port: 40_000)
      if own == "9.9.9.9" {
        #expect(throws: ConnectionFailure.notPublic) { try channel.connect(to: public4).wait() }
        #expect(!channel.isActive)
      } else {
        try channel.connect(to: public4).wait()
        #expect(channel.isActive)
      }
      _ = try? channel.finish()
    }
  }

  @Test("an address that this machine has is not dialled, so that nobody learns which of its ports are open")
  func ownNotDialled() throws {
    let own = try #require(IPAddress("9.9.9.9"))
    for (address, count) in [("9.9.9.9", 0), ("::ffff:9.9.9.9", 0), ("9.9.9.10", 1)] {
      let dials = Dials(), channel = EmbeddedChannel()
      try channel.pipeline.syncOperations.addHandlers([dials, PublicAddresses(own: { Set([own]) })])
      let target = try SocketAddress(ipAddress: address, port: 443)
      if count == 0 {
        #expect(throws: ConnectionFailure.notPublic, "\(address)") { try channel.connect(to: target).wait() }
      } else {
        try channel.connect(to: target).wait()
      }
      #expect(dials.count == count, "\(address)")
      _ = try? channel.finish()
    }
    let loopback = try #require(IPAddress("127.0.0.1"))
    #expect(PublicAddresses.ofThisMachine().contains(loopback))
  }

  @Test("a name that leads into a private network is not dialled, and not a byte is sent there")
  func notDialled() async throws {
    let server = try await FakeServer.start { _ in .answer(wire()) }
    for host in ["localhost", "127.0.0.1", "0x7f.1", "2130706433"] {
      await #expect(throws: ConnectionFailure.notPublic, "\(host)") {
        try await Dialer(reach: .publicAddresses).connect(
          to: host, port: server.port, isTLS: false, by: .now() + .hours(1)
        ) { _ in }
      }
    }
    let client = OutboundClient(reach: .publicAddresses)
    await #expect(throws: OutboundFailure.self) {
      try await client.send("GET", "http://127.0.0.1:\(server.port)/")
    }
    #expect(server.connections == 0)
    #expect(try await OutboundClient().send("GET", "http://127.0.0.1:\(server.port)/").status == 200)
    await server.stop()
  }
}

/// Counts what is dialled.
private final class Dials: ChannelOutboundHandler {
  typealias OutboundIn = ByteBuffer
  private(set) var count = 0

  func connect(context: ChannelHandlerContext, to address: SocketAddress, promise: EventLoopPromise<Void>?) {
    count += 1
    context.connect(to: address, promise: promise)
  }
}
