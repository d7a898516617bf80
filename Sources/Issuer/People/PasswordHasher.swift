import Crypto
import CryptoExtras
import Foundation
import OAuth
import Store
import Synchronization
import Wire

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

/// Hashes people's passwords, slowly, a few at a time, and seals the hashes under the key ring (law P26). Whoever waits does so
/// in the line of the place that they come from (law P40).
final class PasswordHasher: Sendable {
  /// More people sign in at once, or from one place, than can wait.
  struct Busy: Error {}

  /// What makes a hash of a password.
  typealias Derivation = @Sendable (Secret, _ salt: [UInt8], PasswordCost) throws -> [UInt8]

  static let workers = 2
  static let mostWaiting = 256
  static let mostWaitingFromOne = 8
  private let ring: KeyRing
  private let random: Randomness
  private let cost: PasswordCost
  private let derive: Derivation
  private let threads = DispatchQueue(label: "evergrant.issuer.passwords", attributes: .concurrent)
  private let pool = Mutex(
    Pool(line: FairLine(most: PasswordHasher.mostWaiting, mostFromOne: PasswordHasher.mostWaitingFromOne)))

  private struct Pool {
    var line: FairLine<NetworkPlace, Job>
    var working = 0
  }

  private struct Job: Sendable {
    var work: @Sendable () throws -> [UInt8]
    var answer: CheckedContinuation<[UInt8], any Error>
  }

  init(ring: KeyRing, random: Randomness, cost: PasswordCost, derive: @escaping Derivation = PasswordHasher.scrypt) {
    self.ring = ring
    self.random = random
    self.cost = cost
    self.derive = derive
  }

  /// What is kept of a password: cost, salt and hash.
  ///
  /// - Throws: ``Busy``.
  func digest(_ password: Secret, from place: NetworkPlace) async throws -> Secret {
    let salt = random.bytes(16)
    let hash = try await hash(password, salt, cost, from: place)
    return Secret(
      [String(cost.rounds), String(cost.blockSize), String(cost.parallelism), salt.hex, hash.hex].joined(separator: "$")
    )
  }

  /// A digest as it is stored, sealed to the user's address, in the act that stores it.
  func seal(_ digest: Secret, of email: String) throws -> [UInt8] {
    try ring.seal(digest, at: Self.place(email), random: random)
  }

  /// Whether a password is the sealed one. Without a sealed one, as for an unknown address, it takes as long and says no.
  ///
  /// - Throws: ``Busy``.
  func matches(_ password: Secret, _ sealed: [UInt8]?, of email: String, from place: NetworkPlace) async throws -> Bool
  {
    guard let sealed else {
      _ = try await hash(password, random.bytes(16), cost, from: place)
      return false
    }
    let parts = try ring.open(sealed, at: Self.place(email)).exposed.split(separator: "$")
    guard parts.count == 5, let rounds = Int(parts[0]), let blockSize = Int(parts[1]), let parallelism = Int(parts[2]),
      let salt = [UInt8](hex: parts[3]), let known = [UInt8](hex: parts[4])
    else { throw StoreError.unreadable("password of a user") }
    let cost = PasswordCost(rounds: rounds, blockSize: blockSize, parallelism: parallelism)
    return constantTimeEqual(try await hash(password, salt, cost, from: place), known)
  }

  static func place(_ email: String) -> KeyRing.Place { .init(table: "users", row: email, column: "password") }

  static let scrypt: Derivation = { password, salt, cost in
    // Composed, so that a password typed on another keyboard is the same bytes.
    let text = Data(password.exposed.precomposedStringWithCanonicalMapping.utf8)
    let key = try KDF.Scrypt.deriveKey(
      from: text, salt: Data(salt), outputByteCount: 32, rounds: cost.rounds, blockSize: cost.blockSize,
      parallelism: cost.parallelism)
    return key.withUnsafeBytes { Array($0) }
  }

  /// How many wait for a worker.
  var waiting: Int { pool.withLock { $0.line.count } }

  private func hash(
    _ password: Secret, _ salt: [UInt8], _ cost: PasswordCost, from place: NetworkPlace
  ) async throws -> [UInt8] {
    try await withCheckedThrowingContinuation { answer in
      let job = Job(work: { [derive] in try derive(password, salt, cost) }, answer: answer)
      let (begins, refused) = pool.withLock { pool -> (Bool, Job?) in
        if pool.working < Self.workers {
          pool.working += 1
          return (true, nil)
        }
        return switch pool.line.add(job, from: place) {
        case .waits: (false, nil)
        case .instead(of: let other): (false, other)
        case .refused(let job): (false, job)
        }
      }
      refused?.answer.resume(throwing: Busy())
      if begins { threads.async { self.work(from: job) } }
    }
  }

  /// One worker, until nobody waits.
  private func work(from first: Job) {
    var current: Job? = first
    while let job = current {
      job.answer.resume(with: Result { try job.work() })
      current = pool.withLock { pool in
        let next = pool.line.next()
        if next == nil { pool.working -= 1 }
        return next
      }
    }
  }
}
