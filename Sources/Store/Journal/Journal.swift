import Crypto
import Synchronization

/// Answers that have arrived and not yet landed, each in a slot of a file that was laid out and synced beforehand (K2).
package final class Journal: Sendable {
  /// A place for one answer, taken before the request for it is sent.
  package struct Slot: Sendable, Hashable { fileprivate var index: Int }

  package struct Entry: Sendable {
    package var slot: Slot
    package var bytes: [UInt8]

    package init(slot: Slot, bytes: [UInt8]) {
      self.slot = slot
      self.bytes = bytes
    }
  }

  /// What a slot can hold beside its head; an answer's two tokens, sealed.
  package static let capacity = slotSize - headSize
  package static let slotCount = 32
  static let slotSize = 32 * 1024
  static let size = slotCount * slotSize
  private static let magic: [UInt8] = Array("EVJ1".utf8)
  /// Magic, length, and the first eight bytes of the SHA-256 of what follows.
  private static let headSize = 16

  /// The process that writes it.
  package let process: String
  private let medium: any Medium
  private let free: Mutex<[Int]>

  package init(process: String, medium: any Medium) {
    self.process = process
    self.medium = medium
    free = Mutex(Array((0..<Self.slotCount).reversed()))
  }

  /// - Returns: nil where as many flights are in the air as there are slots.
  package func reserve() -> Slot? { free.withLock { $0.popLast() }.map(Slot.init) }

  /// Writes an answer, and returns when it is synced.
  package func write(_ bytes: [UInt8], to slot: Slot) async throws {
    guard bytes.count <= Self.capacity else { throw StoreError.unavailable("an answer is too long for the journal") }
    let length = withUnsafeBytes(of: UInt32(bytes.count).bigEndian, Array.init)
    try medium.write(Self.magic + length + Self.digest(bytes) + bytes, at: slot.index * Self.slotSize)
    try await medium.sync()
  }

  /// Gives a slot back; what it held has landed, or was never written.
  ///
  /// Need not be synced: an answer that is found again does not land twice (K3).
  package func release(_ slot: Slot) {
    try? medium.write([UInt8](repeating: 0, count: Self.headSize), at: slot.index * Self.slotSize)
    free.withLock { $0.append(slot.index) }
  }

  /// What a process that has ended left here. A slot whose writing was cut off is no entry.
  package func entries() throws -> [Entry] {
    let bytes = try medium.read()
    return (0..<Self.slotCount).compactMap { index in
      let slot = bytes.dropFirst(index * Self.slotSize).prefix(Self.slotSize)
      guard slot.count > Self.headSize, slot.starts(with: Self.magic) else { return nil }
      let head = Array(slot.prefix(Self.headSize))
      let length = Int(head[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
      guard length > 0, length <= slot.count - Self.headSize else { return nil }
      let body = Array(slot.dropFirst(Self.headSize).prefix(length))
      return Self.digest(body) == Array(head[8...]) ? Entry(slot: Slot(index: index), bytes: body) : nil
    }
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes).prefix(8)) }
}

/// The journals of the processes that share one store.
package protocol Journals: Sendable {
  /// This process's own, laid out and synced on first use.
  func own() throws -> Journal

  /// Those of processes that have ended. Each is this process's alone until it is retired or this process ends too.
  func abandoned() throws -> [Journal]

  /// Removes a journal that holds nothing more.
  func retire(_ journal: Journal) throws

  /// The processes that live and have a journal.
  func living() throws -> [String]

  /// All that have a journal, whether they live or not.
  func processes() throws -> [String]

  /// What a process has in its journal at this moment.
  func entries(of process: String) throws -> [Journal.Entry]

  /// Returns when every slot that was given back, in any journal, stays so over a power cut.
  func sync() async throws
}
