import Wire

extension CustomerColumns {
  /// What a column can hold.
  package enum Meaning: Hashable, Sendable {
    case email(EmailAddress.Slot)
    case text(TextField)
    /// Given and family name in one.
    case fullName
    case company
    case phone(PhoneNumber.Slot)
    case phoneExtension(PhoneNumber.Slot)
    case phoneType(PhoneNumber.Slot)
    case fax(FaxNumber.Slot)
    case address(PostalAddress.Slot, AddressPart)
    case birthday
    case anniversary
    case social(SocialAccount.Slot)
    /// Names of tags.
    case tags
    /// A field that the tenant has defined, by its label, its name or its number.
    case custom(String)
  }

  package enum AddressPart: String, CaseIterable, Hashable, Sendable {
    case line1
    case line2
    case locality = "city"
    case region
    case postalCode = "post code"
    case country
  }
}

extension CustomerColumns.Meaning {
  /// Its name for `--map`, and the column's in our own exports. Blanks, hyphens and capitals do not count.
  package var name: String {
    switch self {
    case .email(let slot): Self.numbered("email", slot.rawValue)
    case .text(let field): field.rawValue.replacing("_", with: " ")
    case .fullName: "name"
    case .company: "company"
    case .phone(let slot): Self.numbered("phone", slot.rawValue)
    case .phoneExtension(let slot): Self.numbered("phone", slot.rawValue) + " extension"
    case .phoneType(let slot): Self.numbered("phone", slot.rawValue) + " type"
    case .fax(let slot): Self.numbered("fax", slot.rawValue)
    case .address(let slot, let part): "\(slot.rawValue.lowercased()) \(part.rawValue)"
    case .birthday: "birthday"
    case .anniversary: "anniversary"
    case .social(let slot): slot.rawValue.lowercased().filter { $0 != "_" }
    case .tags: "tags"
    case .custom(let name): Self.customPrefix + name
    }
  }

  /// What stands before the name of a custom field.
  package static let customPrefix = "custom:"

  /// Finds it by its name.
  package init?(named name: String) {
    if name.lowercased().hasPrefix(Self.customPrefix) {
      let field = NormalForm.trimmed(String(name.dropFirst(Self.customPrefix.count)))
      guard !field.isEmpty else { return nil }
      self = .custom(field)
    } else if let known = Self.byKey[CustomerColumns.key(name)] {
      self = known
    } else {
      return nil
    }
  }

  /// All but the custom fields, in the order of our own exports.
  package static let fixed: [Self] = {
    var all: [Self] = EmailAddress.Slot.allCases.map { .email($0) }
    // v1 alone has a reason for all addresses together, and what is opted in is not for a file to say.
    all += TextField.allCases.filter { $0 != .optInReason }.map { .text($0) }
    all += [.company]
    for slot in PhoneNumber.Slot.allCases { all += [.phone(slot), .phoneExtension(slot), .phoneType(slot)] }
    all += FaxNumber.Slot.allCases.map { .fax($0) }
    for slot in PostalAddress.Slot.allCases {
      all += CustomerColumns.AddressPart.allCases.map { .address(slot, $0) }
    }
    all += [.birthday, .anniversary] + SocialAccount.Slot.allCases.map { .social($0) }
    return all + [.tags]
  }()

  /// What `--map` can name beside the custom fields.
  package static let names: [String] = ([.fullName] + fixed).map { $0.name.replacing(" ", with: "-") }

  private static let byKey = Dictionary(([.fullName] + fixed).map { (CustomerColumns.key($0.name), $0) }) { first, _ in
    first
  }

  private static func numbered(_ word: String, _ slot: String) -> String {
    slot.last.map { $0 == "1" ? word : "\(word) \($0)" } ?? word
  }
}

/// What somebody says that a column is, against whatever it would be taken for.
package struct ColumnMap: Hashable, Sendable {
  package var column: String
  /// Nil for a column that is to be left out.
  package var meaning: CustomerColumns.Meaning?

  /// The word for leaving a column out.
  package static let nothing = "nothing"

  /// Reads `COLUMN=TARGET`.
  /// - Throws: `ContactRefusal`, with the nearest target there is.
  package init(_ text: String) throws(ContactRefusal) {
    let lowered = text.lowercased()
    // A column's name may have an equals sign, and so may a custom field's.
    let custom = lowered.firstRange(of: "=" + CustomerColumns.Meaning.customPrefix)
    guard let equals = custom?.lowerBound ?? lowered.lastIndex(of: "=") else {
      throw ContactRefusal("\(text) is not of the form COLUMN=TARGET, such as 'E-mail 1 - Value=email'")
    }
    let split = lowered.distance(from: lowered.startIndex, to: equals)
    column = NormalForm.trimmed(String(text.prefix(split)))
    let target = NormalForm.trimmed(String(text.dropFirst(split + 1)))
    guard !column.isEmpty else { throw ContactRefusal("\(text) names no column before the equals sign") }
    meaning = CustomerColumns.Meaning(named: target)
    guard meaning != nil || target.lowercased() == Self.nothing else {
      let names = CustomerColumns.Meaning.names + [Self.nothing]
      let near = Likeness.nearest(to: target.lowercased(), among: names).map { " Is \($0) meant?" } ?? ""
      throw ContactRefusal(
        "a column cannot become \(target.isEmpty ? "nothing at all" : target).\(near) "
          + "There is \(names.joined(separator: ", ")), and custom:NAME for a field of your own")
    }
  }
}
