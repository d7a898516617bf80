/// The rows of an import that are under way or wait to be told of, in the order of the file.
struct ImportWindow {
  /// How many rows may wait behind one that takes long.
  static let span = 256

  private struct Entry {
    var line: Int
    /// What no other row may touch at the same time.
    var claims: Set<String> = []
    var person: UInt64?
    /// Nil while it is under way.
    var row: CustomerImport.Row?
    var hasFailed = false
  }

  private var entries: [Entry] = []
  /// The number of the first entry.
  private var first = 0
  private(set) var underWay = 0

  /// The first row that came to nothing, because the import had to end.
  var failedLine: Int? { entries.first(where: \.hasFailed)?.line }

  /// Whether as many rows wait behind a slow one as may.
  var isFull: Bool { underWay > 0 && entries.count >= Self.span }

  /// Whether a row must wait before it begins.
  func mustWait(width: Int, claims: Set<String>) -> Bool {
    underWay >= width || isFull
      || underWay > 0 && entries.contains { $0.row == nil && !$0.hasFailed && !$0.claims.isDisjoint(with: claims) }
  }

  /// Takes a row that needs no call.
  mutating func add(_ row: CustomerImport.Row) { entries.append(Entry(line: row.line, row: row)) }

  /// - Returns: the number by which it lands.
  mutating func begin(on line: Int, claims: Set<String>, person: UInt64?) -> Int {
    entries.append(Entry(line: line, claims: claims, person: person))
    underWay += 1
    return first + entries.count - 1
  }

  /// - Returns: the person to be forgotten, where the API refused the row.
  mutating func land(_ number: Int, _ row: CustomerImport.Row?) -> UInt64? {
    underWay -= 1
    entries[number - first].row = row
    entries[number - first].hasFailed = row == nil
    guard case .refused? = row?.outcome else { return nil }
    return entries[number - first].person
  }

  /// The next row to be told of; nil while one before it is under way.
  mutating func popDone() -> CustomerImport.Row? {
    guard let row = entries.first?.row else { return nil }
    entries.removeFirst()
    first += 1
    return row
  }

  /// The rows that were done beyond one that came to nothing.
  func doneBeyond() -> [CustomerImport.Row] { entries.compactMap(\.row) }

  /// The first row that was not told of yet.
  var firstLine: Int? { entries.first?.line }
}
