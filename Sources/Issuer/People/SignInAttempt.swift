import OAuth
import Store
import Wire

/// How attempts in a row slow down the next one (law P40).
struct SignInThrottle: Sendable {
  /// How many are compared without a pause.
  var free: Int
  var longest: Duration

  /// For one name at one address.
  static let ofName = SignInThrottle(free: 5, longest: .minutes(15))
  /// For all names at one address, which many people may share.
  static let ofAddress = SignInThrottle(free: 20, longest: .minutes(1))
  /// Attempts are forgotten once this long has passed without another.
  static let memory = Duration.hours(1)

  /// None for the free attempts; then two seconds, doubled with each attempt, up to the longest.
  func pause(after attempts: Int) -> Duration {
    attempts < free ? .zero : min(longest, .seconds(2 << min(attempts - free, 16)))
  }
}

/// An attempt to prove a password. It is counted when it begins, so that of many at once no more are compared than of many
/// in a row; one that succeeds is taken off again (law P40).
///
/// It counts twice: for the name at the address, so that no stranger elsewhere locks anybody out, and for the address, so that
/// many names tried from one address are slowed too. Where the person has signed in from the address before (``familiarity``),
/// only the first counts: the other names that are tried from there do not matter.
struct SignInAttempt: Sendable {
  /// For how long a place is remembered at which somebody has signed in.
  static let familiarity = Duration.days(30)

  let name: [UInt8]
  let place: NetworkPlace
  private let isFamiliar: Bool

  /// - Throws: ``SignInRefusal/tooManyAttempts(retryAfter:)`` before the time of the next attempt; nothing is counted then.
  static func begin(
    _ email: String, from place: NetworkPlace, at now: Timestamp, _ db: any Transaction
  ) throws -> SignInAttempt {
    let name = name(of: email)
    let ofName = try Tally(name, place, at: now, db), ofAddress = try Tally([], place, at: now, db)
    let isFamiliar = ofName.signedInAt.map { now - $0 < familiarity } ?? false
    let counts = isFamiliar ? [(ofName, SignInThrottle.ofName)] : [(ofName, .ofName), (ofAddress, .ofAddress)]
    for (tally, throttle) in counts {
      if let wait = tally.wait(throttle, now) { throw SignInRefusal.tooManyAttempts(retryAfter: wait) }
    }
    for (tally, _) in counts { try tally.count(at: now, db) }
    return SignInAttempt(name: name, place: place, isFamiliar: isFamiliar)
  }

  /// Takes the attempt off the count, because nothing was compared or the password was right.
  func takeBack(_ db: any Transaction) throws {
    for name in isFamiliar ? [name] : [name, []] {
      try db.execute(
        "UPDATE sign_in_attempts SET count = count - 1 WHERE name = $1 AND address = $2 AND count > 0", name, place.text
      )
    }
  }

  /// The password was right: the attempts before it for this name are forgiven, and those for other names are not.
  func succeed(at now: Timestamp, _ db: any Transaction) throws {
    try takeBack(db)
    try db.execute(
      "UPDATE sign_in_attempts SET count = 0, signed_in_at = $3 WHERE name = $1 AND address = $2", name, place.text, now
    )
  }

  /// Lets a person begin anew everywhere, as with a new password.
  static func forgive(_ email: String, _ db: any Transaction) throws {
    try db.execute("UPDATE sign_in_attempts SET count = 0 WHERE name = $1", name(of: email))
  }

  static func sweep(at now: Timestamp, _ db: any Transaction) throws {
    try db.execute(
      "DELETE FROM sign_in_attempts WHERE last_at <= $1 AND (signed_in_at IS NULL OR signed_in_at <= $2)",
      now - SignInThrottle.memory, now - familiarity)
  }

  /// What somebody types as a name may be anything, a password too: it is kept as a hash.
  private static func name(of email: String) -> [UInt8] { Secret(email).fingerprint }
}

/// What is counted in one row.
private struct Tally {
  let name: [UInt8]
  let place: NetworkPlace
  var count = 0
  var lastAt: Timestamp?
  var signedInAt: Timestamp?

  init(_ name: [UInt8], _ place: NetworkPlace, at now: Timestamp, _ db: any Transaction) throws {
    self.name = name
    self.place = place
    let row = try db.row(
      "SELECT count, last_at, signed_in_at FROM sign_in_attempts WHERE name = $1 AND address = $2", name, place.text)
    guard let row else { return }
    signedInAt = try row["signed_in_at"]
    let last: Timestamp = try row["last_at"]
    // A clock that was set back leaves times of the future behind: the count stands, and nobody waits for that time.
    guard now - last < SignInThrottle.memory else { return }
    count = try row["count"]
    lastAt = last <= now ? last : nil
  }

  /// The whole seconds until the next attempt, or nil if it may be made.
  func wait(_ throttle: SignInThrottle, _ now: Timestamp) -> Int? {
    guard let lastAt else { return nil }
    let left = (lastAt + throttle.pause(after: count) - now).milliseconds
    return left > 0 ? Int((left + 999) / 1000) : nil
  }

  func count(at now: Timestamp, _ db: any Transaction) throws {
    try db.execute(
      """
      INSERT INTO sign_in_attempts (name, address, count, last_at) VALUES ($1, $2, $3, $4)
      ON CONFLICT (name, address) DO UPDATE SET count = $3, last_at = $4
      """, name, place.text, count + 1, now)
  }
}
