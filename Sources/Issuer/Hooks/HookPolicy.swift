import Wire

/// When a hook is called, and how long it may fail.
enum HookPolicy {
  /// How often it is looked whether something is owed.
  static let interval = Duration.seconds(1)
  /// How long a claimed notice is left to whoever claimed it: longer than any call takes.
  static let lease = Duration.minutes(2)
  /// How many notices are on their way at once, and of them for one tenant, so that receivers that hang leave room for others.
  static let mostAtOnce = 64
  static let mostOfTenant = 4
  /// How many addresses are asked at once whether they want to be called; for one tenant so many as notices.
  static let mostQuestionsAtOnce = 32
  /// Seconds until one who found no place should come again: as long as a receiver may take.
  static let questionPause = 10
  /// How often an approval's addresses are asked, and those of all of a tenant: enough to make all hooks that there may be.
  static let questions = CallLimits([.minute: 30, .day: 300])
  static let questionsOfTenant = CallLimits([.minute: 60, .day: 600])
  /// How many changes a hook may be owed where its tenant has so many; one that is owed more is given up. All that a tenant's
  /// hooks are owed may go in one transaction, and everybody waits for that.
  static func mostPending(amongHooks count: Int) -> Int64 { min(100_000, 400_000 / Int64(max(1, count))) }
  /// How many hooks an approval has at most, and all of a tenant: each is told of each change in the transaction that makes it.
  static let mostOfGrant = 20
  static let mostHooksOfTenant = 40
  /// How long a receiver may take to confirm by a call of its own.
  static let confirmation = Duration.hours(24)
  /// How long a hook fails, and how often at least, before it is given up: a clock that stepped makes a moment a day.
  static let patience = Duration.hours(24)
  static let leastFailures: Int64 = 8
  /// How often in a day a user is told that hooks of an approval were given up, so that no app fills the page with that.
  static let mostEvents: Int64 = 5
  /// How long a hook rests whose approval has no effect for now.
  static let rest = Duration.hours(1)

  /// The pause after the n-th failure in a row.
  private static let pauses: [Duration] = [
    .seconds(30),  // after 30 s
    .minutes(2),  // 2.5 min
    .minutes(10),  // 12.5 min
    .minutes(30),  // 42.5 min
    .hours(1),  // 1.7 h
    .hours(3),  // 4.7 h, and so on every 3 hours
  ]

  static let longestPause = Duration.hours(3)

  static func pause(afterFailures failures: Int64) -> Duration {
    pauses[min(Int(max(failures, 1)), pauses.count) - 1]
  }
}
