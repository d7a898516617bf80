import Contacts

extension CustomerImport {
  /// What became of a row.
  package enum Outcome: Sendable, Equatable {
    case created, updated, unchanged
    /// Nothing is wrong with it, and in a dry run it is not sent.
    case accepted
    case refused(String)
    /// A row before it is the same person: this one was left out.
    case repeated(of: Int)
  }

  /// A row that has had its turn.
  package struct Row: Sendable, Equatable {
    /// Where it begins in the file, from 1.
    package var line: Int
    package var outcome: Outcome
    /// The contact's id, where there is one and the API has told it.
    package var id: String?
    /// What was left out.
    package var warnings: [String] = []
    /// Its bytes as `CSVRecord` has them, where it was refused.
    package var raw: [UInt8] = []
    /// What it says, in a dry run.
    package var entry: CustomerEntry?
    /// Tags that were not applied, because there are none of these names.
    package var missingTags: [String] = []
  }

  /// How many rows came to what, and how far the file was read.
  package struct Report: Sendable, Equatable {
    /// Rows that have had their turn.
    package var rows = 0
    package var created = 0
    package var updated = 0
    package var unchanged = 0
    package var accepted = 0
    package var refused = 0
    package var repeated = 0
    package var warnings = 0
    /// Rows with a date that may be of two days, which was left out.
    package var ambiguousDates = 0
    /// The columns that are imported.
    package var columns: [CustomerColumns.Use] = []
    /// The columns that are not.
    package var leftOut: [CustomerColumns.LeftOut] = []
    /// The product whose export it is, where the columns tell.
    package var product: String?
    /// The first line, as `CSVRecord` has its bytes, and what parts its columns.
    package var header: [UInt8] = []
    package var delimiter: UInt8?
    /// On how many rows each tag was left out, because there is none of that name; of the first so many.
    package var missingTags: [String: Int] = [:]
    /// Whether tags were left out because the key may not apply them.
    package var deniesTags = false
    /// Where to go on after an end before the file's; nil when all of it was read.
    package var resumeAt: Int?
    /// Whether more people came than are remembered: rows that repeat one of them are not noticed.
    package var forgets = false

    /// How many names of tags are remembered that there are not.
    static let mostMissingTags = 1000

    /// The numbers, by the names under which they are kept.
    static let counts: [(name: String, path: any WritableKeyPath<Report, Int> & Sendable)] = [
      ("rows", \.rows), ("created", \.created), ("updated", \.updated), ("unchanged", \.unchanged),
      ("accepted", \.accepted), ("refused", \.refused), ("repeated", \.repeated), ("warnings", \.warnings),
      ("ambiguousDates", \.ambiguousDates),
    ]

    package init() {}

    mutating func count(_ row: Row) {
      rows += 1
      for tag in row.missingTags where missingTags[tag] != nil || missingTags.count < Self.mostMissingTags {
        missingTags[tag, default: 0] += 1
      }
      warnings += row.warnings.count
      if row.warnings.contains(where: { $0.hasSuffix(DateOrder.ambiguous) }) { ambiguousDates += 1 }
      switch row.outcome {
      case .created: created += 1
      case .updated: updated += 1
      case .unchanged: unchanged += 1
      case .accepted: accepted += 1
      case .refused: refused += 1
      case .repeated: repeated += 1
      }
    }
  }
}
