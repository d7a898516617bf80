import Wire

/// What a record is found by beside the columns of its own: one value of it, under what holds it.
///
/// Values are texts that compare, byte by byte, as what they stand for: a text in its normal form, a number so that a smaller
/// one comes first. A field has values of one kind.
package struct SearchValue: Hashable, Sendable {
  package var field: SearchField
  package var value: String

  package init(_ field: SearchField, _ value: String) {
    self.field = field
    self.value = value
  }
}

/// What holds a value.
package struct SearchField: Hashable, Sendable {
  /// As the store writes it.
  package var name: String

  package init(name: String) { self.name = name }

  package static let website = SearchField(name: "website")

  /// EMAIL1 has a column of its own, since contacts are matched by it.
  package static func email(_ slot: EmailAddress.Slot) -> SearchField { SearchField(name: slot.rawValue) }

  /// The addresses of a contact that was merged: its own, and those of what was merged into it. No filter asks for them: whoever
  /// has a key is found by them.
  package static let mergedEmail = SearchField(name: "merged")

  package static func phone(_ slot: PhoneNumber.Slot) -> SearchField { SearchField(name: slot.rawValue) }

  package static func address(_ slot: PostalAddress.Slot, _ part: AddressPart) -> SearchField {
    SearchField(name: "\(slot.rawValue).\(part.rawValue)")
  }

  /// A field that the tenant defined.
  package static func custom(_ id: Int64) -> SearchField { SearchField(name: "custom.\(id)") }

  /// The parts of an address that a list can be filtered by.
  package enum AddressPart: String, CaseIterable, Sendable {
    case line1
    case locality
    case region
    case postalCode = "postal_code"
    case countryCode = "country_code"
  }
}

/// A condition on the values that a record has under any of the fields.
package struct SearchCondition: Hashable, Sendable {
  package enum Test: Hashable, Sendable {
    case compares(FilterTerm.Comparison, String)
    case startsWith(String)
  }

  package var fields: [SearchField]
  package var test: Test

  package init(_ fields: [SearchField], _ test: Test) {
    self.fields = fields
    self.test = test
  }
}

extension Contact {
  /// All that lists can find this contact by, each once.
  ///
  /// - Parameter types: those of the fields that the tenant has defined for contacts.
  package func searchValues(_ types: [Int64: CustomFieldType]) -> Set<SearchValue> {
    var values: Set<SearchValue> = []
    func add(_ field: SearchField, _ form: String?) {
      if let form, !form.isEmpty { values.insert(SearchValue(field, NormalForm.cut(form))) }
    }
    add(.website, self[.website].map(NormalForm.name))
    for item in emails where item.field != .email1 { add(.email(item.field), item.email.map(NormalForm.email)) }
    for other in merged { add(.mergedEmail, other.emailForm) }
    if !merged.isEmpty { add(.mergedEmail, email.map(NormalForm.email)) }
    for phone in phones {
      for number in [phone.number, phone.numberE164] { add(.phone(phone.field), number.map(NormalForm.phone)) }
    }
    for address in addresses {
      let texts: [(SearchField.AddressPart, String?)] = [
        (.line1, address.line1), (.locality, address.locality), (.region, address.regionName),
        // The ZIP code alone, and with the four digits behind it.
        (.postalCode, address.postText), (.postalCode, address.zipCode), (.countryCode, address.countryCode),
      ]
      for (part, text) in texts { add(.address(address.field, part), text.map(NormalForm.name)) }
    }
    return values.union(customFields.searchValues(types))
  }
}

extension [CustomField] {
  /// All that lists can find a record by that holds these contents.
  ///
  /// - Parameter types: those of the fields that the tenant has defined for records of the kind.
  package func searchValues(_ types: [Int64: CustomFieldType]) -> Set<SearchValue> {
    var values: Set<SearchValue> = []
    for field in self {
      for form in types[field.id]?.searchForms(of: field.content) ?? [] where !form.isEmpty {
        values.insert(SearchValue(.custom(field.id), NormalForm.cut(form)))
      }
    }
    return values
  }
}

extension NormalForm {
  /// The digits of a telephone number, whatever stands between them.
  static func phone(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return String(decoding: text.utf8.filter(\.isASCIIDigit), as: UTF8.self) }
    return text.compactMap(\.wholeNumberValue).filter { $0 < 10 }.map(String.init).joined()
  }

  /// The beginning of a long form, as much as is compared. A filter is so much shorter that it is equal to no form that was
  /// cut, and never reaches behind the cut.
  static func cut(_ form: String) -> String {
    guard form.utf8.count > mostCompared else { return form }
    var short = String.UnicodeScalarView()
    var count = 0
    for scalar in form.unicodeScalars {
      count += scalar.utf8.count
      if count > mostCompared { break }
      short.append(scalar)
    }
    return String(short)
  }

  /// In bytes. The form of a text has at most three times its bytes, and a filter's text at most four for each of 255 characters.
  private static let mostCompared = 4096

  /// Numbers in the order of their sizes: sixteen digits, the smallest number there is first.
  static func number(_ number: Int64) -> String {
    let digits = String(UInt64(bitPattern: number) ^ (1 << 63), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func decimal(_ number: Double) -> String {
    // The bits of a number are in its order; below zero they run backwards. Zero has two forms, and the sum has one.
    let bits = Int64(bitPattern: (number + 0).bitPattern)
    return self.number(bits < 0 ? bits ^ Int64.max : bits)
  }
}
