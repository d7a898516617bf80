import Synchronization

/// A director that is told beforehand what happens to which request; what it was not told of goes as it should.
package final class Script: Director {
  private let conducts = Mutex<[Conduct]>([])

  package init() {}

  /// The next request of which nothing was said yet is treated so.
  package func next(_ course: Conduct.Course) { conducts.withLock { $0.append(Conduct(course)) } }

  package func conduct(_ visit: Visit) -> Conduct {
    conducts.withLock { $0.isEmpty ? .honest : $0.removeFirst() }
  }

  package func reached(_ stage: Visit.Stage, _ visit: Visit) {}
}
