import Crypto
import CryptoExtras
import Foundation
import OAuth
import Store
import Synchronization

/// What a guess of a password costs (scrypt, RFC 7914).
package struct PasswordCost: Sendable, Hashable {
  /// A power of two.
  package var rounds: Int
  package var blockSize: Int
  package var parallelism: Int

  package init(rounds: Int, blockSize: Int, parallelism: Int) {
    self.rounds = rounds
    self.blockSize = blockSize
    self.parallelism = parallelism
  }

  /// 32 MiB and about 80 ms.
  package static let standard = PasswordCost(rounds: 1 << 15, blockSize: 8, parallelism: 1)
}

/// Hashes people's passwords, slowly, on few threads of its own, and seals the hashes under the key ring (law P26).
final class PasswordHasher: Sendable {
  /// More people sign in at once than the pool takes.
  struct Busy: Error {}

  static let workers = 2
  static let mostWaiting = 32
  private let ring: KeyRing
  private let random: Randomness
  private let cost: PasswordCost
  private let queues = (0..<workers).map { DispatchQueue(label: "evergrant.issuer.passwords.\($0)") }
  private let load = Mutex((taken: 0, next: 0))

  init(ring: KeyRing, random: Randomness, cost: PasswordCost) {
    self.ring = ring
    self.random = random
    self.cost = cost
  }

  /// What is kept of a password: cost, salt and hash.
  func digest(_ password: Secret) async throws -> Secret {
    let salt = random.bytes(16)
    let hash = try await hash(password, salt, cost)
    return Secret(
      [String(cost.rounds), String(cost.blockSize), String(cost.parallelism), salt.hex, hash.hex].joined(separator: "$")
    )
  }

  /// A digest as it is stored, sealed to the user's address, in the act that stores it.
  func seal(_ digest: Secret, of email: String) throws -> [UInt8] {
    try ring.seal(digest, at: Self.place(email), random: random)
  }

  /// Whether a password is the sealed one. Without one, as for an unknown address, it takes as long and says no.
  func matches(_ password: Secret, _ sealed: [UInt8]?, of email: String) async throws -> Bool {
    guard let sealed else {
      _ = try await hash(password, random.bytes(16), cost)
      return false
    }
    let parts = try ring.open(sealed, at: Self.place(email)).exposed.split(separator: "$")
    guard parts.count == 5, let rounds = Int(parts[0]), let blockSize = Int(parts[1]), let parallelism = Int(parts[2]),
      let salt = [UInt8](hex: parts[3]), let known = [UInt8](hex: parts[4])
    else { throw StoreError.unreadable("password of a user") }
    let cost = PasswordCost(rounds: rounds, blockSize: blockSize, parallelism: parallelism)
    return constantTimeEqual(try await hash(password, salt, cost), known)
  }

  static func place(_ email: String) -> KeyRing.Place { .init(table: "users", row: email, column: "password") }

  private func hash(_ password: Secret, _ salt: [UInt8], _ cost: PasswordCost) async throws -> [UInt8] {
    let queue: DispatchQueue? = load.withLock { load in
      guard load.taken < Self.mostWaiting else { return nil }
      load.taken += 1
      load.next = (load.next + 1) % queues.count
      return queues[load.next]
    }
    guard let queue else { throw Busy() }
    defer { load.withLock { $0.taken -= 1 } }
    return try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(
          with: Result {
            // Composed, so that a password typed on another keyboard is the same bytes.
            let text = Data(password.exposed.precomposedStringWithCanonicalMapping.utf8)
            let key = try KDF.Scrypt.deriveKey(
              from: text, salt: Data(salt), outputByteCount: 32, rounds: cost.rounds, blockSize: cost.blockSize,
              parallelism: cost.parallelism)
            return key.withUnsafeBytes { Array($0) }
          })
      }
    }
  }
}
