import Foundation
import TestKit

/// Runs a job on virtual time, in an order of events drawn from a seed.
func simulated(seed: UInt64 = 1, on time: VirtualTime, _ body: @escaping @Sendable () async -> Void) async throws {
  let executor = SeededExecutor(seed: seed, time: time)
  let stuck: SeededExecutor.Stuck? = await withCheckedContinuation { continuation in
    // It keeps its thread until it is over, so the thread is none of the pool's.
    Thread.detachNewThread {
      do throws(SeededExecutor.Stuck) {
        try executor.run(body)
        continuation.resume(returning: nil)
      } catch { continuation.resume(returning: error) }
    }
  }
  if let stuck { throw stuck }
}

/// Bytes in pieces that end in the midst of rows.
func pieces(_ bytes: [UInt8], of length: Int = 97) -> () -> [UInt8]? {
  var rest = bytes[...]
  return {
    defer { rest = rest.dropFirst(length) }
    return rest.isEmpty ? nil : Array(rest.prefix(length))
  }
}
