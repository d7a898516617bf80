import Wire

/// A report as a person reads it.
extension ScanReport {
  /// A line for each finding: place, call, verdict, and what there is to say.
  ///
  /// - Parameter folder: what a file's name is put behind, so that its place can be followed from where the person is.
  package func lines(in folder: String) -> [String] {
    findings.map { finding in
      ["\(folder)\(finding.file):\(finding.line)", finding.call, finding.standing.words, finding.sentence]
        .filter { !$0.isEmpty }.map(Printable.line).joined(separator: "  ")
    }
  }

  /// How much goes on, what is to be changed, and what to do next.
  ///
  /// - Parameter folder: as for the lines.
  package func summary(in folder: String) -> [String] {
    [head] + listed("To be changed, the most frequent first:", .notCarried, in: folder)
      + listed("To be looked at, since it cannot be told:", .untold, in: folder) + rest(in: folder) + [next]
  }

  private var head: String {
    if files == 0 { return "There is no code here that can be read." }
    guard !findings.isEmpty else {
      return "\(Self.counted(files, "file")) read, and no call of Keap's XML-RPC in \(files == 1 ? "it" : "them")."
    }
    let carried = count(.carried), different = count(.different), untold = count(.untold)
    let parts = [
      Self.counted(carried, "goes", "go") + " on as \(carried == 1 ? "it is" : "they are")",
      Self.counted(different, "goes", "go") + " on with a difference",
      Self.counted(needingWork, "needs", "need") + " a hand",
    ]
    return "\(Self.counted(findings.count, "call")) of Keap's XML-RPC in \(Set(findings.map(\.file)).count) of "
      + "\(Self.counted(files, "file")): \(parts.joined(separator: ", "))"
      + (untold > 0 ? ", \(untold) of them because it cannot be told." : ".")
  }

  private func listed(_ title: String, _ standing: Standing, in folder: String) -> [String] {
    let groups = groups(standing)
    return (groups.isEmpty ? [] : [title])
      + groups.map { group in
        let places = group.places.map { folder + $0 }.joined(separator: ", ")
        let more = group.count > group.places.count ? ", …" : ""
        return Printable.line("  \(group.count) × \(group.call), at \(places)\(more): \(group.sentence)")
      }
  }

  private func rest(in folder: String) -> [String] {
    copies.map { Printable.line("\(folder)\($0.file) is a copy of \($0.sdk) and not counted.") }
      + unread.map { Printable.line("\(folder)\($0.file) was not read: \($0.reason).") }
  }

  private var next: String {
    var steps: [String] = []
    if !unread.isEmpty {
      steps.append("make readable what was not read and scan again")
    } else if files == 0 {
      steps.append("name the folder in which the code is")
    }
    if needsWork { steps.append("change what is listed before XML-RPC ends on 31 December 2026") }
    if !findings.isEmpty || !copies.isEmpty {
      steps.append("point this code at the keeper's /crm/xmlrpc/v1, with a key that evergrant key add makes for it")
    }
    if steps.isEmpty { steps = ["nothing; no change is needed here before XML-RPC ends on 31 December 2026"] }
    return "Next: \(steps.joined(separator: "; then "))."
  }

  private static func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count) \(count == 1 ? one : many)"
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
