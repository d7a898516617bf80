import Wire

/// How far an import is, as it outlives the process: which rows are settled, and what they came to.
///
/// A row that was under way when the process ended is not settled and is done again, which an upsert makes harmless.
package struct ImportMark: Equatable, Sendable {
  /// Which file it is about, and what was asked of it: a mark of another file, or of other wishes, says nothing.
  package struct Subject: Equatable, Sendable {
    /// In bytes.
    package var size: Int64
    /// Milliseconds since 1970.
    package var modified: Int64
    /// A digest of the file's beginning.
    package var head: UInt64
    /// A digest of all options that change what becomes of a row.
    package var wishes: UInt64

    package init(size: Int64, modified: Int64, head: UInt64, wishes: UInt64) {
      (self.size, self.modified, self.head, self.wishes) = (size, modified, head, wishes)
    }

    /// A digest that is the same in every process (FNV-1a). It tells files apart that are different by chance, not on purpose.
    package static func digest(_ bytes: some Sequence<UInt8>) -> UInt64 {
      bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
  }

  /// A row beyond `line` that is settled.
  package enum Settled: String, CaseIterable, Sendable {
    case created
    case updated
    case unchanged
    /// Whoever reads the report has been told of it already.
    case told
  }

  /// Each row that begins before this line is settled and told of.
  package var line: Int
  package var beyond: [Int: Settled] = [:]
  /// Rows that the API refused, so that another row of the same person has its turn; the first so many.
  package var refusedLines: [Int] = []
  /// What the rows that were told of came to: the numbers alone are kept, and nothing of what stands in the file.
  package var report = CustomerImport.Report()

  /// How many refused lines are kept.
  static let mostRefused = 10_000

  package init(line: Int = 1) { self.line = line }
}

extension ImportMark {
  /// The text that is kept.
  /// - Parameter lengths: how long the files are, in bytes, that tell of the rows before the mark, by their numbers.
  package func saved(_ subject: Subject, lengths: [String: Int64] = [:]) -> [UInt8] {
    var settled: [String: JSON] = [:]
    for kind in Settled.allCases {
      let lines = beyond.filter { $0.value == kind }.keys.sorted()
      settled[kind.rawValue] = lines.isEmpty ? nil : .array(lines.map { .integer(Int64($0)) })
    }
    let counts = Report.counts.map { ($0.name, JSON.integer(Int64(report[keyPath: $0.path]))) }
    return JSON.object([
      "version": 1, "line": .integer(Int64(line)), "beyond": .object(settled),
      "refusedLines": .array(refusedLines.map { .integer(Int64($0)) }),
      "counts": .object(Dictionary(counts) { first, _ in first }),
      "file": [
        "size": .integer(subject.size), "modified": .integer(subject.modified),
        "head": .integer(Int64(bitPattern: subject.head)), "wishes": .integer(Int64(bitPattern: subject.wishes)),
      ],
      "lengths": .object(lengths.mapValues(JSON.integer)),
    ]).serialized() + [0x0A]
  }

  /// Reads `saved`.
  /// - Returns: nil for a text that is none of ours, or is about another subject.
  package static func read(_ text: some Sequence<UInt8>, of subject: Subject) -> (
    mark: ImportMark, lengths: [String: Int64]
  )? {
    guard let json = try? JSON.parse(text), json["version"] == 1, let line = number(json["line"]),
      let file = json["file"],
      file["size"]?.integer == subject.size, file["modified"]?.integer == subject.modified,
      file["head"]?.integer == Int64(bitPattern: subject.head),
      file["wishes"]?.integer == Int64(bitPattern: subject.wishes)
    else { return nil }
    var mark = ImportMark(line: line)
    for kind in Settled.allCases {
      for entry in json["beyond"]?[kind.rawValue]?.array ?? [] {
        if let line = number(entry) { mark.beyond[line] = kind }
      }
    }
    mark.refusedLines = (json["refusedLines"]?.array ?? []).compactMap(number)
    for count in Report.counts { mark.report[keyPath: count.path] = number(json["counts"]?[count.name]) ?? 0 }
    return (mark, (json["lengths"]?.object ?? [:]).compactMapValues(\.integer))
  }

  private typealias Report = CustomerImport.Report

  private static func number(_ json: JSON?) -> Int? { json?.integer.flatMap { Int(exactly: $0) } }
}
