import Store

/// What the journals of those processes hold that are on record for a lost answer (K13).
package struct AnswerHolders {
  /// The connections that each process holds an answer for; nil where its journal cannot be read.
  private var held: [String: Set<String>?] = [:]

  /// - Parameter journal: what a process has in its journal.
  package init(of processes: some Sequence<String>, journal: (String) throws -> [Journaled]) {
    for process in Set(processes) {
      let names = try? journal(process).compactMap { entry -> String? in
        guard case .refresh(let received) = entry else { return nil }
        return received.connection
      }
      held.updateValue(names.map(Set.init), forKey: process)
    }
  }

  package func mayHold(_ row: Connection) -> Bool {
    guard let process = row.intent?.process, let known = held[process] else { return false }
    return known?.contains(row.name) ?? true
  }
}
