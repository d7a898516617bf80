import Crypto
import Foundation
import OAuth
import Synchronization
import Wire

/// The keys that seal what is stored. They are kept outside the database: neither a stolen database nor a stolen key tells
/// anything alone.
///
/// A ring follows its source: whoever seals looks first whether a newer key has been added, and whoever opens looks again
/// where a value names a key that the ring does not know. A value is sealed in the act that stores it, and not before. So an
/// act that begins after a key was added seals with that key, and an older key can be dropped once nothing stored names it.
package final class KeyRing: Sendable {
  /// What a derived key is for; two purposes never share a key.
  package enum Purpose: String, Sendable { case seal, accessToken, refreshToken, personalToken, csrf }

  private struct State {
    /// All that were ever seen: one that has been dropped from the source still opens what this process has in memory.
    var keys: [UInt32: SymmetricKey]
    var current: UInt32
    var ids: [UInt32]
    var mark: KeyMark?
  }

  private let source: (any KeySource)?
  private let state: Mutex<State>

  /// A row's place, bound into what is sealed there: a value moved to another row, column or generation does not open.
  package struct Place: Sendable {
    var text: String
    package init(table: String, row: String, column: String, generation: Int64 = 0) {
      text = [table, row, column, String(generation)].joined(separator: "\u{0}")
    }
  }

  package enum Failure: Error, Sendable, Equatable {
    case unknownKey(UInt32)
    case doesNotOpen
    /// The keys stand in no file that could be changed.
    case fixed
  }

  /// A ring that never changes.
  ///
  /// - Returns: nil where the text is no key file.
  package init?(file text: String) {
    guard let text = KeyText(text) else { return nil }
    source = nil
    state = Mutex(State(keys: text.keys, current: text.current, ids: text.keys.keys.sorted()))
  }

  /// - Returns: nil where what the source has is no key file.
  package init?(_ source: any KeySource) throws {
    let mark = source.mark()
    guard let text = KeyText(try source.read().exposed) else { return nil }
    self.source = source
    state = Mutex(State(keys: text.keys, current: text.current, ids: text.keys.keys.sorted(), mark: mark))
  }

  /// The text of a new key file.
  package static func newFile(_ random: Randomness) -> Secret { KeyText.line(1, random) }

  /// The key that seals from now on; older ones only open.
  package var current: UInt32 {
    follow()
    return state.withLock(\.current)
  }

  /// The numbers of the keys that the source holds, in order.
  package var ids: [UInt32] {
    follow()
    return state.withLock(\.ids)
  }

  /// Reads the source again if it was written since.
  ///
  /// A source that cannot be read now, or that has another key under a known number, leaves the ring as it is: what this
  /// process has sealed must open again, and `doctor` tells of the file.
  ///
  /// - Returns: whether the keys are others now.
  @discardableResult
  package func follow() -> Bool {
    guard let source, let mark = source.mark() else { return false }
    return state.withLock { state in
      guard state.mark != mark, let text = try? source.read(), let text = KeyText(text.exposed),
        !text.contradicts(state.keys)
      else { return false }
      let ids = text.keys.keys.sorted()
      defer {
        state.keys.merge(text.keys) { $1 }
        state.current = text.current
        state.ids = ids
        state.mark = mark
      }
      return ids != state.ids
    }
  }

  // MARK: - Sealing

  package func seal(_ secret: Secret, at place: Place, random: Randomness = .system) throws -> [UInt8] {
    let current = current
    let key = try derive(.seal, key: current, salt: [])
    let nonce = try AES.GCM.Nonce(data: Data(random.bytes(12)))
    let box = try AES.GCM.seal(
      Data(secret.exposed.utf8), using: key, nonce: nonce, authenticating: Data(place.text.utf8))
    return withUnsafeBytes(of: current.bigEndian, Array.init) + Array(box.nonce) + Array(box.ciphertext)
      + Array(box.tag)
  }

  package func open(_ sealed: [UInt8], at place: Place) throws -> Secret {
    guard let id = Self.key(of: sealed) else { throw Failure.doesNotOpen }
    let key = try derive(.seal, key: id, salt: [])
    guard let box = try? AES.GCM.SealedBox(combined: Data(sealed.dropFirst(4))),
      let data = try? AES.GCM.open(box, using: key, authenticating: Data(place.text.utf8)),
      let text = String(bytes: data, encoding: .utf8)
    else { throw Failure.doesNotOpen }
    return Secret(text)
  }

  /// The value under the newest key: itself, if that has sealed it.
  package func renewed(_ sealed: [UInt8], at place: Place, random: Randomness) throws -> [UInt8] {
    if Self.key(of: sealed) == current { return sealed }
    return try seal(try open(sealed, at: place), at: place, random: random)
  }

  /// The number of the key that a sealed value names; nil where it is too short to be one.
  package static func key(of sealed: [UInt8]) -> UInt32? {
    guard sealed.count >= 4 + 12 + 16 else { return nil }
    return sealed.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
  }

  /// A key for one purpose and salt (HKDF, RFC 5869).
  package func derive(_ purpose: Purpose, key id: UInt32, salt: [UInt8]) throws -> SymmetricKey {
    guard let key = known(id) ?? (follow() ? known(id) : nil) else { throw Failure.unknownKey(id) }
    return HKDF<SHA256>.deriveKey(
      inputKeyMaterial: key, salt: Data(salt), info: Data("evergrant \(purpose.rawValue)".utf8), outputByteCount: 32)
  }

  private func known(_ id: UInt32) -> SymmetricKey? { state.withLock { $0.keys[id] } }

  // MARK: - Changing keys

  /// Adds a key to the source, which seals from now on in every process.
  ///
  /// - Returns: its number.
  @discardableResult
  package func addKey(random: Randomness) throws -> UInt32 {
    guard let source else { throw Failure.fixed }
    try source.replace { text in
      guard let text = KeyText(text.exposed) else { throw Failure.doesNotOpen }
      return text.adding(random)
    }
    return current
  }

  /// Drops keys from the source, once `keep` has taken care of their lines; the one that seals always stays.
  package func dropKeys(_ ids: Set<UInt32>, keep: (Secret) throws -> Void = { _ in }) throws {
    guard let source else { throw Failure.fixed }
    try source.replace { text in
      guard let text = KeyText(text.exposed) else { throw Failure.doesNotOpen }
      let (rest, dropped) = text.dropping(ids)
      try keep(dropped)
      return rest
    }
    follow()
  }
}

extension KeyRing.Failure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownKey(let id): "Key \(id) is not in the key file; put it back, it sealed what is stored."
    case .doesNotOpen:
      "A sealed value does not open with its key: the database and the key file do not belong together."
    case .fixed: "These keys stand in no file that could be changed."
    }
  }
}
