import Dispatch
import OAuth
import Synchronization
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite struct FairLineTests {
  private let a = NetworkPlace("192.0.2.1"), b = NetworkPlace("192.0.2.2"), c = NetworkPlace("192.0.2.3")

  @Test("P40: the places take turns, and each is served in the order of its own line")
  func turns() {
    var line = FairLine<NetworkPlace, String>(most: 20, mostFromOne: 9)
    for number in 1...5 { line.put("a\(number)", a) }
    for number in 1...2 { line.put("b\(number)", b) }
    let first = line.next()
    line.put("c1", c)
    let others = (0..<8).map { _ in line.next() }
    #expect(first == "a1")
    #expect(others == ["b1", "a2", "c1", "b2", "a3", "a4", "a5", nil])
    #expect(line.count == 0)
  }

  @Test("P40: a full line takes a place's first by sending the last of the longest away")
  func full() {
    var line = FairLine<NetworkPlace, String>(most: 6, mostFromOne: 5)
    for number in 1...5 { line.put("a\(number)", a) }
    let away = [("a6", a), ("b1", b), ("c1", c), ("b2", b), ("c2", c), ("b3", b)].map { line.put($0, $1) }
    #expect(away == ["a6", nil, "a5", "a4", "a3", "b3"], "at last all lines are alike")
    let served = (0..<6).map { _ in line.next() }
    #expect(served == ["a1", "b1", "c1", "a2", "b2", "c2"])
  }

  @Test("P40: whoever comes and goes, nobody is lost and nobody is served twice", arguments: UInt64(1)...20)
  func complete(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var line = FairLine<NetworkPlace, Int>(most: 12, mostFromOne: 4), ended: [Int] = [], number = 0
    for _ in 0..<2000 {
      if Bool.random(using: &generator) {
        number += 1
        let place = NetworkPlace("192.0.2.\(Int.random(in: 1...9, using: &generator))")
        if let out = line.put(number, place) { ended.append(out) }
      } else if let next = line.next() {
        ended.append(next)
      }
      #expect(line.count <= 12)
    }
    while let next = line.next() { ended.append(next) }
    #expect(ended.sorted() == Array(1...number))
  }

  @Test("P40: forty-five strangers at one address do not shut the right password out, nor keep it waiting")
  func strangers() async throws {
    let random = Randomness.seeded(1)
    let world = try await IssuerWorld()
    // Each job that has begun waits here, and one at a time is let go on: which of two threads runs first decides nothing.
    let gate = DispatchSemaphore(value: 0), begun = Mutex<[String]>([])
    let hasher = PasswordHasher(
      ring: world.ring, random: random, cost: .standard,
      derive: { password, _, _ in
        begun.withLock { $0.append(password.exposed) }
        gate.wait()
        return [1]
      })
    let place = a, home = b, isShutOut = Flag()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<45 {
        group.addTask { (try? await hasher.digest(Secret("a stranger's"), from: place)) == nil }
      }
      for _ in 0..<(45 - PasswordHasher.workers - PasswordHasher.mostWaitingFromOne) {
        #expect(try await group.next() == true)
      }
      group.addTask {
        let refused = (try? await hasher.digest(IssuerWorld.password, from: home)) == nil
        if refused { isShutOut.raise() }
        return refused
      }
      while hasher.waiting <= PasswordHasher.mostWaitingFromOne, !isShutOut.isUp { await Task.yield() }
      for number in PasswordHasher.workers...PasswordHasher.workers + hasher.waiting {
        while begun.withLock({ $0.count }) < number { await Task.yield() }
        gate.signal()
      }
      for _ in 1..<PasswordHasher.workers { gate.signal() }
      for try await refused in group { #expect(!refused) }
    }
    let turn = try #require(begun.withLock { $0.firstIndex(of: IssuerWorld.password.exposed) })
    #expect(turn == PasswordHasher.workers + 1, "after those who were being served, and one who came before")
  }
}

private final class Flag: Sendable {
  private let state = Mutex(false)
  var isUp: Bool { state.withLock { $0 } }
  func raise() { state.withLock { $0 = true } }
}

extension FairLine where Job: Equatable {
  /// Who is sent away, if anybody is.
  @discardableResult
  fileprivate mutating func put(_ job: Job, _ place: Place) -> Job? {
    switch add(job, from: place) {
    case .waits: nil
    case .instead(of: let other): other
    case .refused(let job): job
    }
  }
}
