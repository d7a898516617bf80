import Wire

/// A report as a person reads it.
extension ScanReport {
  /// A line for each finding: place, call, verdict, and what there is to say.
  ///
  /// - Parameter folder: what a file's name is put behind.
  package func lines(in folder: String) -> [String] {
    findings.map { finding in
      ["\(folder)\(finding.file):\(finding.line)", finding.call, finding.standing.words, finding.sentence]
        .filter { !$0.isEmpty }.map(Printable.line).joined(separator: "  ")
    }
  }

  /// How much goes on, what is to be changed, and what to do next.
  package var summary: [String] {
    let withCalls = Set(findings.map(\.file)).count
    guard !findings.isEmpty else {
      return ["\(Self.counted(files, "file")) read, and no call of Keap's XML-RPC in them."] + rest + [next]
    }
    let parts = [
      (count(.carried), "carried unchanged"), (count(.different), "carried with a difference"),
      (count(.notCarried), "not carried"), (count(.untold), "that cannot be told"),
    ]
    let head =
      "\(Self.counted(findings.count, "call")) of Keap's XML-RPC in \(withCalls) of \(Self.counted(files, "file")): "
      + parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
      + ". That is \(carriedShare) % carried."
    return [head] + listed("To be changed, the most frequent first:", .notCarried)
      + listed("To be looked at, since it cannot be told:", .untold) + rest + [next]
  }

  private func listed(_ title: String, _ standing: Standing) -> [String] {
    let groups = groups(standing)
    return (groups.isEmpty ? [] : [title])
      + groups.map { group in
        let places = group.places.joined(separator: ", ") + (group.count > group.places.count ? ", …" : "")
        return Printable.line("  \(group.count) × \(group.call), at \(places): \(group.sentence)")
      }
  }

  private var rest: [String] {
    copies.map { Printable.line("\($0.file) is a copy of \($0.sdk) and not counted.") }
      + unread.map { Printable.line("\($0.file) was not read: \($0.reason).") }
  }

  private var next: String {
    if !unread.isEmpty { return "Next: make readable what was not read, and scan again." }
    if files == 0 { return "Next: name the folder in which the code is; in this one there is none that can be read." }
    if findings.isEmpty { return "Next: nothing; no change is needed here before XML-RPC ends on 31 December 2026." }
    let move = "point this code at the keeper's /crm/xmlrpc/v1, with a key that evergrant key add makes for it"
    return needsWork
      ? "Next: change what is listed before XML-RPC ends on 31 December 2026, then \(move)." : "Next: \(move)."
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
