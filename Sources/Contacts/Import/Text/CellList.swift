/// Several texts in one cell.
enum CellList {
  /// The texts between separators, without blanks around them and without empty ones.
  static func parted(_ cell: String, by separator: String) -> [String] {
    cell.split(separator: separator).map { NormalForm.trimmed(String($0)) }.filter { !$0.isEmpty }
  }

  /// The names in a cell: parted by `:::` as Google does, or else by semicolons, or else by commas, of which those in quotes
  /// part nothing, as Mailchimp has them. Groups that Google itself makes begin with a star and are none of the person's.
  static func names(in cell: String) -> [String] {
    let names = cell.contains(":::") ? parted(cell, by: ":::") : unquoted(cell, at: cell.contains(";") ? ";" : ",")
    return names.filter { !$0.hasPrefix("* ") }
  }

  private static func unquoted(_ cell: String, at separator: Character) -> [String] {
    var names: [String] = [""]
    var isQuoted = false
    for character in cell {
      if character == "\"" {
        isQuoted.toggle()
      } else if character == separator, !isQuoted {
        names.append("")
      } else {
        names[names.count - 1].append(character)
      }
    }
    return names.map(NormalForm.trimmed).filter { !$0.isEmpty }
  }

  /// Names as one cell, as `parted` reads them.
  static func joined(_ names: [String]) -> String { names.joined(separator: " ::: ") }
}
