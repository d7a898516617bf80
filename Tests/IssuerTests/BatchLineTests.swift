import Synchronization
import Testing

@testable import Issuer

@Suite struct BatchLineTests {
  @Test("P45: few batches are at the store at once, the others wait, and one too many is told to come later")
  func line() async throws {
    let line = BatchLine()
    for _ in 0..<BatchLine.mostRunning { try await line.enter(1) }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<BatchLine.mostWaitingOfTenant + 3 { group.addTask { await line.takes(1) } }
      // Those who find no room are told at once.
      for _ in 0..<3 { #expect(await group.next() == false) }
      for _ in 0..<BatchLine.mostWaitingOfTenant {
        line.leave()
        #expect(await group.next() == true)
      }
    }
    for _ in 0..<BatchLine.mostRunning { line.leave() }
    for _ in 0..<BatchLine.mostRunning { try await line.enter(1) }
    #expect(line.waiting == 0)
  }

  @Test("P45: a tenant whose batches fill the line keeps no other out of it, nor waiting longer than by one")
  func turns() async throws {
    let line = BatchLine(), tenants = BatchLine.mostWaiting / BatchLine.mostWaitingOfTenant, refused = Refused()
    for _ in 0..<BatchLine.mostRunning { try await line.enter(1) }
    await withTaskGroup(of: (tenant: Int64, hasTurn: Bool).self) { group in
      for tenant in 1...Int64(tenants) {
        for _ in 0..<BatchLine.mostWaitingOfTenant {
          group.addTask {
            let hasTurn = await line.takes(tenant)
            if !hasTurn { refused.count.withLock { $0 += 1 } }
            return (tenant, hasTurn)
          }
        }
      }
      while line.waiting + refused.count.withLock({ $0 }) < BatchLine.mostWaiting { await Task.yield() }
      #expect(line.waiting == BatchLine.mostWaiting)
      group.addTask { (0, await line.takes(0)) }
      // It has the place of one of those who have the most.
      let away = await group.next()
      #expect(away?.tenant != 0 && away?.hasTurn == false)
      #expect(line.waiting == BatchLine.mostWaiting)
      var served: [Int64] = []
      for _ in 0..<BatchLine.mostWaiting {
        line.leave()
        guard let next = await group.next(), next.hasTurn else { break }
        served.append(next.tenant)
      }
      #expect(served.count == BatchLine.mostWaiting)
      #expect(Set(served.prefix(tenants + 1)) == Set(0...Int64(tenants)), "each tenant has had a turn")
      while line.waiting > 0 { line.leave() }
    }
  }
}

/// How many batches were told to come later.
private final class Refused: Sendable {
  let count = Mutex(0)
}

extension BatchLine {
  /// Whether a batch of the tenant has had its turn, and was not told to come later.
  fileprivate func takes(_ tenant: Int64) async -> Bool {
    do {
      try await enter(tenant)
      return true
    } catch {
      return false
    }
  }
}
