import NIOCore
import Sockets
import Synchronization
import Testing

/// Who keeps a place, and who gives his up.
struct PlacesTests {
  /// The names of those who had to go.
  private final class Gone: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { $0.append(name) } }
  }

  private let gone = Gone()

  private func enter(_ places: Places, _ name: String, from address: String? = nil) -> Places.Ticket? {
    places.enter(from: address) { [gone] in gone.add(name) }
  }

  private static func limits(all: Int = 10, loose: Int = 4, address: Int = 3, holder: Int = 3) -> Places.Limits {
    Places.Limits(all: all, loose: loose, looseOfAddress: address, ofHolder: holder)
  }

  @Test("K32: whoever shows nothing, however often he comes, takes no place from who has shown that he is somebody")
  func flood() throws {
    let places = Places(Self.limits(holder: 6))
    var kept: [Places.Ticket] = []
    for number in 0..<6 {
      let ticket = try #require(enter(places, "job \(number)"))
      #expect(places.keep(ticket, for: "nightly"))
      kept.append(ticket)
      for stranger in 0..<1000 { #expect(enter(places, "stranger \(stranger)") != nil) }
    }
    #expect(gone.all.count == 6000 - 4)
    #expect(!gone.all.contains { $0.hasPrefix("job") })
    for ticket in kept { #expect(places.keep(ticket, for: "nightly")) }
  }

  @Test("K32: a newcomer takes the place of the eldest of whoever has the most, and nobody's who has few")
  func eldest() throws {
    let places = Places(Self.limits())
    for name in ["a1", "a2", "b1", "a3"] { #expect(enter(places, name, from: String(name.prefix(1))) != nil) }
    #expect(enter(places, "c1", from: "c") != nil)
    #expect(gone.all == ["a1"])
    for name in ["c2", "c3", "c4", "c5"] { #expect(enter(places, name, from: "c") != nil) }
    #expect(!gone.all.contains("b1"))
  }

  @Test("K32: one address has so many loose places, and takes the next from itself")
  func address() {
    let places = Places(Self.limits(loose: 100))
    for name in ["a1", "b1", "a2", "a3", "a4", "a5"] {
      #expect(enter(places, name, from: String(name.prefix(1))) != nil)
    }
    #expect(gone.all == ["a1", "a2"])
  }

  @Test("K32: one holder keeps so many places, and gets one back when he leaves or loosens one")
  func holder() throws {
    let places = Places(Self.limits())
    let tickets = try (0..<4).map { try #require(enter(places, "\($0)")) }
    #expect(tickets.prefix(3).allSatisfy { places.keep($0, for: "key") })
    #expect(!places.keep(tickets[3], for: "key"))
    #expect(places.keep(tickets[3], for: nil), "who is not counted has no limit of his own")
    places.leave(tickets[0])
    #expect(places.keep(tickets[3], for: "key"))
    places.loosen(tickets[1])
    #expect(places.keep(try #require(enter(places, "new")), for: "key"))
  }

  @Test("where every place is kept nobody is let in, and a place that was left is free")
  func full() throws {
    let places = Places(Self.limits(all: 2, holder: 5))
    let tickets = try (0..<2).map { try #require(enter(places, "\($0)")) }
    for ticket in tickets { #expect(places.keep(ticket, for: "key")) }
    #expect(enter(places, "late") == nil)
    places.leave(tickets[0])
    places.leave(tickets[0])
    #expect(enter(places, "next") != nil)
    #expect(gone.all.isEmpty)
  }

  @Test("a place that has gone to somebody else is not kept")
  func displaced() throws {
    let places = Places(Self.limits(loose: 1))
    let first = try #require(enter(places, "first"))
    #expect(enter(places, "second") != nil)
    #expect(gone.all == ["first"])
    #expect(!places.keep(first, for: "key"))
    places.loosen(first)
    places.leave(first)
  }

  @Test("what is short is made room for by a quarter of the loose places")
  func some() throws {
    let places = Places(Self.limits(loose: 8))
    for number in 0..<8 { #expect(enter(places, "\(number)") != nil) }
    places.displaceSome()
    #expect(gone.all == ["0", "1"])
  }

  @Test(
    "this machine's own addresses are everybody's, others are one's own",
    arguments: [
      ("127.0.0.1", nil), ("127.9.9.9", nil), ("::1", nil), ("::ffff:127.0.0.1", nil), ("192.0.2.1", "v4:c0000201"),
      ("::ffff:192.0.2.1", "v4:c0000201"), ("2001:db8:1:2:3::4", "20:1:d:b8:0:1:0:2"),
      ("2001:db8:1:2:ffff::1", "20:1:d:b8:0:1:0:2"),
    ] as [(String, String?)])
  func callers(address: String, caller: String?) throws {
    #expect(try SocketAddress(ipAddress: address, port: 1).caller == caller)
  }
}
