import Foundation
import NIOCore
import NIOPosix
import NetworkKit
import Synchronization
import TestKit
import Testing
import Wire

@testable import Outbound

/// Servers of names that answer at once, but for names that begin with `slow`: these wait until they are let go.
private final class FakeNames: Sendable {
  private let names = Mutex<[String]>([])
  private let gate = DispatchSemaphore(value: 0)
  private let addresses: [SocketAddress]

  init(_ addresses: [String] = ["127.0.0.1"]) throws {
    self.addresses = try addresses.map { try SocketAddress(ipAddress: $0, port: 0) }
  }

  /// The names that were asked for, in order.
  var asked: [String] { names.withLock { $0 } }

  private func answer(_ host: String) -> [SocketAddress] {
    names.withLock { $0.append(host) }
    if host.hasPrefix("slow") {
      gate.wait()
      gate.signal()
    }
    return addresses
  }

  func letGo() { gate.signal() }

  func lookups(most: Int = 8, mostOfParty: Int = 2) -> NameLookups {
    NameLookups(most: most, mostOfParty: mostOfParty) { host in self.answer(host) }
  }
}

@Suite("Looking up names")
struct NameLookupTests {
  /// Why no connection comes about; nil where one does.
  private func failure(
    _ host: String, _ port: Int, _ names: NameLookups, reach: Reach = .anywhere, within time: TimeAmount = .minutes(10),
    of party: String? = nil
  ) async throws -> ConnectionFailure? {
    do {
      try await Dialer(reach: reach, names: names).connect(
        to: host, port: port, isTLS: false, by: .now() + time, of: party
      ) { _ in }.close()
      return nil
    } catch {
      return error as? ConnectionFailure
    }
  }

  @Test("K32: names that are never answered hold up nobody else's, and a connection to one ends in time")
  func slow() async throws {
    let names = try FakeNames(), lookups = names.lookups()
    let server = try await FakeServer.start { _ in .answer(wire()) }
    try await withThrowingTaskGroup(of: ConnectionFailure?.self) { group in
      defer { names.letGo() }
      for number in 0..<20 {
        group.addTask { try await failure("slow\(number).example", server.port, lookups, of: "hostile") }
      }
      try await eventually("its names are looked up") { names.asked.count >= 2 }
      for number in 0..<20 { try #require(try await failure("quick\(number).example", server.port, lookups) == nil) }
      #expect(names.asked.count { $0.hasPrefix("slow") } == 2)
      let late = try await failure("slow.example", server.port, lookups, within: .milliseconds(50), of: "impatient")
      #expect(late == .slowName)
      names.letGo()
      for try await failure in group { #expect(failure == nil) }
    }
    await server.stop()
  }

  @Test("a name is looked up once at a time, however many wait for it, and one that nobody waits for any more is not")
  func once() async throws {
    let names = try FakeNames(), lookups = names.lookups(most: 1), told = Mutex(0)
    for _ in 0..<10 {
      _ = lookups.enter("slow.example", of: "any") { addresses in told.withLock { $0 += addresses.count } }
    }
    let other = lookups.enter("other.example", of: "other") { _ in Issue.record("somebody who left was told") }
    lookups.leave("other.example", other)
    try await eventually("it is looked up") { names.asked == ["slow.example"] }
    names.letGo()
    try await eventually("all are told") { told.withLock { $0 } == 10 }
    #expect(names.asked == ["slow.example"])
    // Whoever asks anew has an answer of his own.
    _ = lookups.enter("slow.example", of: "any") { addresses in told.withLock { $0 += addresses.count } }
    try await eventually("it is looked up again") { told.withLock { $0 } == 11 }
  }

  @Test("parties take turns, however much one of them asks for")
  func turns() {
    var queue = LookupQueue(most: 2, mostOfParty: 1), taken: [String?] = []
    for number in 0..<10 { queue.add("a\(number)", of: "a") }
    queue.add("b0", of: "b")
    queue.add("c0", of: "c")
    for _ in 0..<3 { taken.append(queue.next()?.host) }
    queue.end(.init(host: "a0", party: "a"))
    taken.append(queue.next()?.host)
    queue.end(.init(host: "b0", party: "b"))
    taken.append(queue.next()?.host)
    #expect(taken == ["a0", "b0", nil, "c0", "a1"])
    // A name that somebody else asks for too does not wait for the turns of the first.
    queue.add("a9", of: "d")
    queue.end(.init(host: "c0", party: "c"))
    let shared = queue.next()
    #expect(shared == .init(host: "a9", party: "d"))
    queue.drop("a2")
    queue.end(.init(host: "a1", party: "a"))
    let last = queue.next()
    #expect(last == .init(host: "a3", party: "a"))
  }

  @Test("what a name leads to is judged when it is dialled, and an address needs no look-up")
  func judged() async throws {
    let names = try FakeNames(), lookups = names.lookups()
    let server = try await FakeServer.start { _ in .answer(wire()) }
    #expect(try await failure("public.example", server.port, lookups, reach: .publicAddresses) == .notPublic)
    #expect(server.connections == 0)
    #expect(try await failure("127.0.0.1", server.port, lookups) == nil)
    #expect(names.asked == ["public.example"])
    await server.stop()
  }

  @Test("of a name with very many addresses a few are dialled")
  func many() async throws {
    let names = try FakeNames(
      (0..<100).map { "203.0.113.\($0)" } + (0..<100).map { "2001:db8::\(String($0, radix: 16))" })
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let resolver = NameResolver(names.lookups(), of: nil, on: loop)
    let sixes = try await resolver.initiateAAAAQuery(host: "many.example", port: 443).get()
    let fours = try await resolver.initiateAQuery(host: "many.example", port: 443).get()
    #expect(fours.compactMap(\.ipAddress) == (0..<8).map { "203.0.113.\($0)" })
    #expect(sixes.count == 8)
    #expect((fours + sixes).allSatisfy { $0.port == 443 })
  }
}
