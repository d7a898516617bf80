import Wire

/// What the columns of a customer file mean.
package struct CustomerColumns: Equatable, Sendable {
  /// A column that is not imported, as the file names it.
  package struct LeftOut: Hashable, Sendable, Codable {
    package var column: String
    /// Nil for one that nobody knows.
    package var reason: String?
  }

  /// The columns of each meaning, best first: a cell that is empty gives way to the next. Tags are taken from all of theirs.
  package private(set) var columns: [Meaning: [Int]] = [:]
  package let names: [String]
  package private(set) var leftOut: [LeftOut] = []
  /// The custom fields that columns are for, as they are called there.
  package private(set) var customFields: [String] = []
  /// The product whose export it is, where its columns tell.
  package let product: CustomerProduct?

  /// Columns that are not imported, as the file names them.
  package var unknown: [String] { leftOut.map(\.column) }

  /// The column in which a file of refused rows says why; it comes first, and an import steps over it.
  package static let reasonColumn = "refused because"

  /// - Parameter maps: what somebody says that columns are, against what they would be taken for.
  /// - Throws: `ContactRefusal` when no column holds the e-mail address, or one that is named is not there.
  package init(header: [String], maps: [ColumnMap] = []) throws(ContactRefusal) {
    names = header.map { NormalForm.trimmed(TextCell.plain($0)) }
    product = CustomerProduct.of(names)
    let told = try CustomerColumns.told(maps, names)
    var found: [Meaning: [(rank: Int, column: Int)]] = [:]
    for (column, name) in names.enumerated() where name != CustomerColumns.reasonColumn {
      switch told[column] ?? CustomerColumns.use(of: name, product) {
      case .taken(let meaning, let rank): found[meaning, default: []].append((rank, column))
      case .left(let reason): if !name.isEmpty { leftOut.append(LeftOut(column: name, reason: reason)) }
      }
    }
    columns = found.mapValues { $0.sorted { ($0.rank, $0.column) < ($1.rank, $1.column) }.map(\.column) }
    customFields = columns.keys.compactMap { if case .custom(let field) = $0 { field } else { nil } }.sorted()
    guard columns[.email(.email1)] != nil else {
      throw ContactRefusal(
        "no column holds the e-mail address: name one of them email (the first line has \(CustomerColumns.some(names)))"
      )
    }
  }

  /// What becomes of a column.
  enum Fate {
    case taken(Meaning, rank: Int)
    case left(reason: String?)
  }

  /// What was said of a column counts before what its product makes of it, and that before its name alone.
  private static func use(of name: String, _ product: CustomerProduct?) -> Fate {
    if ColumnWords.ofTheShop.contains(name) { return .left(reason: "a part of the shop") }
    if let fate = product?.fate(of: name) { return fate }
    if let meaning = Meaning(named: name) { return .taken(meaning, rank: 2000) }
    if let known = ColumnWords.meaning(of: name) { return .taken(known.meaning, rank: 3000 + known.rank) }
    return .left(reason: ColumnWords.reason(against: name))
  }

  private static func told(_ maps: [ColumnMap], _ names: [String]) throws(ContactRefusal) -> [Int: Fate] {
    var told: [Int: Fate] = [:]
    for map in maps {
      let exact = names.indices.filter { names[$0] == map.column }
      let alike = exact.isEmpty ? names.indices.filter { key(names[$0]) == key(map.column) } : exact
      guard !alike.isEmpty else {
        let near = Likeness.nearest(to: map.column, among: names).map { " Is \($0) meant?" } ?? ""
        throw ContactRefusal("no column is called \(map.column).\(near) The first line has \(some(names))")
      }
      for column in alike { told[column] = map.meaning.map { .taken($0, rank: 0) } ?? .left(reason: "as you said") }
    }
    return told
  }

  /// As many names as a sentence can hold.
  private static func some(_ names: [String]) -> String {
    let most = 40
    return names.prefix(most).joined(separator: ", ") + (names.count > most ? " and \(names.count - most) more" : "")
  }

  /// What two names have in common that are one: capitals, accents, blanks and punctuation do not count.
  static func key(_ name: String) -> String { NormalForm.folded(name).filter { $0 != " " } }
}
