extension CustomerColumns {
  /// A column that is imported, and as what.
  package struct Use: Hashable, Sendable, Codable {
    package var column: String
    package var meaning: String
    /// The columns that come first, or the first of very many: this one counts where they are empty.
    package var after: [String]

    static let mostAfter = 16
  }

  /// The columns that are imported, in the order of the file.
  package var uses: [Use] {
    var uses: [(index: Int, use: Use)] = []
    for (meaning, indices) in columns {
      for (rank, index) in indices.enumerated() {
        let after = meaning == .tags ? [] : indices[..<min(rank, Use.mostAfter)].map { names[$0] }
        uses.append((index, Use(column: names[index], meaning: meaning.words, after: after)))
      }
    }
    return uses.sorted { $0.index < $1.index }.map(\.use)
  }
}

extension CustomerColumns.Meaning {
  /// What a person calls it.
  package var words: String {
    switch self {
    case .email(let slot): "e-mail address" + Self.number(slot.rawValue)
    case .text(let field): field.rawValue.replacing("_", with: " ")
    case .fullName: "given and family name in one"
    case .company: "company"
    case .phone(let slot): "phone number" + Self.number(slot.rawValue)
    case .phoneExtension(let slot): "extension of phone number" + Self.number(slot.rawValue)
    case .phoneType(let slot): "kind of phone number" + Self.number(slot.rawValue)
    case .fax(let slot): "fax number" + Self.number(slot.rawValue)
    case .address(let slot, let part): "\(slot.rawValue.lowercased()) address: \(part.words)"
    case .birthday: "birthday"
    case .anniversary: "anniversary"
    case .social(let slot): "account at " + slot.rawValue.lowercased().filter { $0 != "_" }
    case .tags: "list of tags"
    case .custom(let name): "custom field " + name
    }
  }

  /// The number of a slot, where it is not the first.
  private static func number(_ slot: String) -> String {
    slot.last.map { $0 == "1" ? "" : " \($0)" } ?? ""
  }
}

extension CustomerColumns.AddressPart {
  fileprivate var words: String {
    switch self {
    case .line1: "first line"
    case .line2: "second line"
    case .locality: "town"
    case .region: "region"
    case .postalCode: "post code"
    case .country: "country"
    }
  }
}
