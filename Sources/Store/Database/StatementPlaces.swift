import Wire

/// The places of values in a statement, `$1`, `$2` and so on, as SQLite counts them: in the order in which each is named first.
enum StatementPlaces {
  /// The number of each place, once. What stands in quotes is text.
  static func numbers(in sql: String) -> [Int] {
    var numbers: [Int] = []
    // Most statements name their values in order, so that a number above all before it is a new one.
    var highest = 0
    var isQuoted = false
    var number: Int?
    func add(_ number: Int) {
      guard number > highest || !numbers.contains(number) else { return }
      numbers.append(number)
      highest = max(highest, number)
    }
    for byte in sql.utf8 {
      if let digits = number {
        if byte.isASCIIDigit {
          number = digits * 10 + Int(byte - UInt8(ascii: "0"))
          continue
        }
        add(digits)
        number = nil
      }
      switch byte {
      case UInt8(ascii: "'"): isQuoted.toggle()
      case UInt8(ascii: "$") where !isQuoted: number = 0
      default: break
      }
    }
    if let number { add(number) }
    return numbers
  }
}
