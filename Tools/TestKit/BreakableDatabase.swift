import Store
import Synchronization

/// A database that fails when it is told to.
package final class BreakableDatabase: Database {
  private let inner: any Database
  private let rule = Mutex<@Sendable () -> Bool>({ false })

  /// Asked before each access.
  package var breaks: @Sendable () -> Bool {
    get { rule.withLock { $0 } }
    set { rule.withLock { $0 = newValue } }
  }

  package init(_ inner: any Database) { self.inner = inner }

  package func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    try refuseIfBroken()
    return try await inner.write(act)
  }

  package func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    try refuseIfBroken()
    return try await inner.read(act)
  }

  package func changeMark() async throws -> Int64 {
    try refuseIfBroken()
    return try await inner.changeMark()
  }

  package func setDown(_ isDown: Bool) { breaks = { isDown } }

  private func refuseIfBroken() throws {
    if breaks() { throw StoreError.unavailable("the disk is full") }
  }
}

/// A database whose writes answer late.
package final class SlowDatabase: Database {
  private let inner: any Database
  private let delay: @Sendable () -> Void

  package init(_ inner: any Database, delay: @escaping @Sendable () -> Void) {
    self.inner = inner
    self.delay = delay
  }

  package func write<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    let result = try await inner.write(act)
    delay()
    return result
  }

  package func read<Result: Sendable>(_ act: @escaping @Sendable (any Transaction) throws -> Result) async throws
    -> Result
  {
    try await inner.read(act)
  }

  package func changeMark() async throws -> Int64 { try await inner.changeMark() }
}
