import Foundation
import Issuer
import NIOCore
import NetworkKit
import OAuth
import Synchronization
import TestKit
import Testing
import Wire

@testable import Outbound
@testable import Web

@Suite("Calling the receivers of hooks")
struct WebhookSenderTests {
  @Test("K32: names of one tenant's hooks that are never answered hold up no other tenant's hook")
  func slowNames() async throws {
    let began = Atomic(false), gate = DispatchSemaphore(value: 0)
    let home = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
    let names = NameLookups(most: 2, mostOfParty: 1) { host in
      if host != "localhost" {
        began.store(true, ordering: .relaxed)
        gate.wait()
        gate.signal()
      }
      return [home]
    }
    let server = try await FakeServer.start { _ in .answer(wire()) }
    let sender = WebhookSender(OutboundClient(names: names))
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { gate.signal() }
      for number in 0..<2 {
        let url = try #require(OutboundURL("https://slow\(number).example:\(server.port)/"))
        group.addTask { _ = try? await sender.post(.question(url, secret: Secret("s")), of: 1) }
      }
      try await eventually("a name is looked up") { began.load(ordering: .relaxed) }
      let url = try #require(OutboundURL("http://localhost:\(server.port)/"))
      let answer = try await sender.post(.question(url, secret: Secret("s")), of: 2)
      #expect(answer.status == 200)
    }
    await server.stop()
  }
}
