/// A program whose exports are known by their columns.
package struct CustomerProduct: Equatable, Sendable {
  package let name: String
  /// Sets of columns: a file that has all of one is of this product.
  let marks: [Set<String>]
  /// What its columns hold, where their names alone do not tell, with the best first; nil for one that is left out.
  let meanings: [String: (meaning: CustomerColumns.Meaning, rank: Int)]
  let reasons: [String: String]

  /// Whether its cells are what `ContactCells` wrote, which is taken to the letter.
  package var isOurs: Bool { name == Self.ours }

  static let ours = "Evergrant"

  package static func == (one: CustomerProduct, other: CustomerProduct) -> Bool { one.name == other.name }

  /// The product that these columns tell of: of several the one that they tell most of.
  static func of(_ names: [String]) -> CustomerProduct? {
    let keys = Set(names.map(CustomerColumns.key))
    let found = all.compactMap { product in
      product.marks.filter { $0.isSubset(of: keys) }.map(\.count).max().map { (product, $0) }
    }
    return found.max { $0.1 < $1.1 }?.0
  }

  /// What becomes of one of its columns; nil where the column's name tells enough.
  func fate(of name: String) -> CustomerColumns.Fate? {
    let key = CustomerColumns.key(name)
    if let known = meanings[key] { return .taken(known.meaning, rank: 1000 + known.rank) }
    return reasons[key].map { .left(reason: $0) }
  }

  /// All that are known, from the table.
  package static let all: [CustomerProduct] = read(table).products

  /// Reads a table: a line with the product's name, and moved in below it `has` with the columns that tell of it, `column =
  /// target, target` and `column, column: why it is left out`. Several columns may have the same target.
  package static func read(_ table: String) -> (products: [CustomerProduct], unread: [String]) {
    var products: [CustomerProduct] = []
    var unread: [String] = []
    var draft = Draft()
    for line in table.split(separator: "\n").map(String.init) {
      if line.hasPrefix(" ") {
        if !draft.take(NormalForm.trimmed(line)) { unread.append(line) }
      } else {
        if let product = draft.product { products.append(product) }
        draft = Draft(name: line)
      }
    }
    if let product = draft.product { products.append(product) }
    return (products, unread)
  }

  private struct Draft {
    var name = ""
    var marks: [Set<String>] = []
    var meanings: [String: (meaning: CustomerColumns.Meaning, rank: Int)] = [:]
    var reasons: [String: String] = [:]

    var product: CustomerProduct? {
      name.isEmpty ? nil : CustomerProduct(name: name, marks: marks, meanings: meanings, reasons: reasons)
    }

    /// - Returns: false for a line that says nothing.
    mutating func take(_ line: String) -> Bool {
      if line.hasPrefix("has ") {
        marks.append(Set(Self.list(line.dropFirst(4)).map(CustomerColumns.key)))
        return true
      }
      if let place = line.firstRange(of: " = ") {
        guard let meaning = CustomerColumns.Meaning(named: String(line[place.upperBound...])) else { return false }
        for name in Self.list(line[..<place.lowerBound]) {
          meanings[CustomerColumns.key(name)] = (meaning, meanings.count)
        }
        return true
      }
      guard let place = line.firstRange(of: ": ") else { return false }
      for name in Self.list(line[..<place.lowerBound]) {
        reasons[CustomerColumns.key(name)] = String(line[place.upperBound...])
      }
      return true
    }

    private static func list(_ text: Substring) -> [String] { text.split(separator: "|").map(String.init) }
  }
}
