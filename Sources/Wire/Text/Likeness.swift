/// What somebody may have meant who typed a name that is none.
package enum Likeness {
  /// The nearest of the known names, unless all are too far off to be meant.
  package static func nearest(to name: String, among known: [String]) -> String? {
    known.map { ($0, distance($0, name)) }.filter { $0.1 <= 1 + name.count / 4 }.min { $0.1 < $1.1 }?.0
  }

  /// How many letters two names differ by.
  package static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let replaced = diagonal + (letter == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
