import Store
import Synchronization

/// A value that several tasks see.
final class Shared<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value {
    get { mutex.withLock { $0 } }
    set { mutex.withLock { $0 = newValue } }
  }

  func change<Result: Sendable>(_ act: (inout Value) -> Result) -> Result { mutex.withLock { act(&$0) } }
}
