import Dispatch
import Foundation
import Synchronization

/// A file of fixed size that is written in place.
package protocol Medium: Sendable {
  func read() throws -> [UInt8]
  func write(_ bytes: [UInt8], at offset: Int) throws
  /// Returns when all that was written before survives a power cut.
  func sync() async throws
}

/// A file on a disk. It stays open, and locked if it was, for as long as the medium lives.
final class FileMedium: Medium {
  private let descriptor: Int32
  private let size: Int
  private let waiting = Mutex<[CheckedContinuation<Void, any Error>]>([])
  private let queue = DispatchQueue(label: "evergrant.journal.sync")

  /// Takes over an open descriptor.
  init(descriptor: Int32, size: Int) {
    self.descriptor = descriptor
    self.size = size
  }

  deinit { close(descriptor) }

  func read() throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size)
    var count = 0
    while count < size {
      let read = bytes.withUnsafeMutableBytes { bytes in
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
        return pread(descriptor, rest.baseAddress, rest.count, off_t(count))
      }
      if read == 0 { break }
      guard read > 0 else { throw StoreError.unavailable("the journal cannot be read: \(Self.reason)") }
      count += read
    }
    return bytes
  }

  func write(_ bytes: [UInt8], at offset: Int) throws {
    var count = 0
    while count < bytes.count {
      let written = bytes.withUnsafeBytes { bytes in
        let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
        return pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset + count))
      }
      guard written > 0 else { throw StoreError.unavailable("the journal cannot be written: \(Self.reason)") }
      count += written
    }
  }

  /// Callers that wait together share one sync.
  func sync() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let isFirst = waiting.withLock { waiting in
        waiting.append(continuation)
        return waiting.count == 1
      }
      guard isFirst else { return }
      queue.async { [self] in
        let served = waiting.withLock { waiting in
          defer { waiting = [] }
          return waiting
        }
        let failure =
          fdatasync(descriptor) == 0 ? nil : StoreError.unavailable("the journal is not synced: \(Self.reason)")
        for continuation in served {
          if let failure { continuation.resume(throwing: failure) } else { continuation.resume() }
        }
      }
    }
  }

  private static var reason: String { String(cString: strerror(errno)) }
}
