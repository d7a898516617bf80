/// The rows of an import that are under way or wait to be told of, in the order of the file.
struct ImportWindow {
  /// How many rows may wait behind one that takes long: more than are under way where many go in one call.
  static let span = 1024

  private struct Entry {
    var line: Int
    /// What no other row may touch at the same time.
    var claims: Set<String> = []
    var person: UInt64?
    /// Nil while it is under way.
    var row: CustomerImport.Row?
    var hasFailed = false
  }

  /// By their numbers, which count on from `first` up to `next`.
  private var entries: [Int: Entry] = [:]
  private var first = 0
  private var next = 0
  /// The claims of all rows that are under way.
  private var held: Set<String> = []
  private(set) var underWay = 0

  private var inOrder: some Sequence<Entry> { (first..<next).lazy.compactMap { entries[$0] } }

  /// The first row that came to nothing, because the import had to end.
  var failedLine: Int? { inOrder.first(where: \.hasFailed)?.line }

  /// Whether as many rows wait behind a slow one as may.
  var isFull: Bool { underWay > 0 && entries.count >= Self.span }

  /// Whether a row that is under way touches any of it.
  func holds(_ claims: Set<String>) -> Bool { !held.isDisjoint(with: claims) }

  /// Takes a row that needs no call.
  mutating func add(_ row: CustomerImport.Row) { append(Entry(line: row.line, row: row)) }

  /// - Returns: the number by which it lands.
  mutating func begin(on line: Int, claims: Set<String>, person: UInt64?) -> Int {
    append(Entry(line: line, claims: claims, person: person))
    held.formUnion(claims)
    underWay += 1
    return next - 1
  }

  private mutating func append(_ entry: Entry) {
    entries[next] = entry
    next += 1
  }

  /// - Parameter row: nil for one that came to nothing.
  /// - Returns: the person to be forgotten, where the API refused the row.
  mutating func land(_ number: Int, _ row: CustomerImport.Row?) -> UInt64? {
    guard var entry = entries[number] else { return nil }
    underWay -= 1
    held.subtract(entry.claims)
    entry.row = row
    entry.hasFailed = row == nil
    entries[number] = entry
    guard case .refused? = row?.outcome else { return nil }
    return entry.person
  }

  /// The next row to be told of; nil while one before it is under way.
  mutating func popDone() -> CustomerImport.Row? {
    guard let row = entries[first]?.row else { return nil }
    entries[first] = nil
    first += 1
    return row
  }

  /// The rows that were done beyond one that came to nothing.
  func doneBeyond() -> [CustomerImport.Row] { inOrder.compactMap(\.row) }

  /// The first row that was not told of yet.
  var firstLine: Int? { entries[first]?.line }
}
