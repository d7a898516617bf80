/// In which form a caller takes an answer: in gzip, or as it is (RFC 9110 section 12.5.3).
///
/// Whoever asks for no coding gets none, though the standard would allow any: many a program that says nothing can read none.
package struct AcceptedCodings: Sendable, Equatable {
  /// From 0, which refuses it, to 1000.
  private let gzip: Int
  /// Likewise; nil where nothing is said of it, and it is taken without being preferred to anything.
  private let plain: Int?

  /// Reads `Accept-Encoding`, which may come on several lines. A member that is not well-formed says nothing.
  package init(fields: [String]) {
    var weights: [String: Int] = [:]
    for member in fields.joined(separator: ",").split(separator: ",") {
      let parts = member.split(separator: ";", omittingEmptySubsequences: false).map { part in
        part.split { $0 == " " || $0 == "\t" }
      }
      guard parts.count <= 2, parts[0].count == 1 else { continue }
      let weight: Int? = parts.count == 1 ? 1000 : parts[1].count == 1 ? Self.weight(parts[1][0]) : nil
      let coding = parts[0][0].lowercased()
      if let weight, weights[coding] == nil { weights[coding] = weight }
    }
    gzip = weights["gzip"] ?? weights["x-gzip"] ?? weights["*"] ?? 0
    plain = weights["identity"] ?? weights["*"]
  }

  /// Whether gzip is taken, and no less gladly than the answer as it is.
  package var prefersGzip: Bool { gzip > 0 && gzip >= plain ?? 0 }

  /// Whether gzip is taken, and the answer as it is refused.
  package var needsGzip: Bool { gzip > 0 && plain == 0 }

  /// A number from 0 to 1 with at most three digits behind the point, in thousandths (RFC 9110 section 12.4.2).
  private static func weight(_ text: Substring) -> Int? {
    guard text.lowercased().hasPrefix("q=") else { return nil }
    let parts = text.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let behind = parts.count == 2 ? String(parts[1]) : ""
    guard parts[0] == "0" || parts[0] == "1", behind.count <= 3,
      let thousandths = Int(digits: behind + String(repeating: "0", count: 3 - behind.count))
    else { return nil }
    let weight = (parts[0] == "1" ? 1000 : 0) + thousandths
    return weight <= 1000 ? weight : nil
  }
}
