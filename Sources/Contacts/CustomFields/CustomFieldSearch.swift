import Wire

/// How contents of a custom field are compared by a filter.
extension CustomFieldType {
  private enum Kind {
    /// By the whole text, or by how it begins.
    case text
    /// By the whole of one choice of a drilldown.
    case choice
    case truth
    /// In the order of whole numbers.
    case wholeNumber
    case decimal
    /// In the order of time.
    case time
    /// One of several labels.
    case labels
    /// One of several users.
    case users
  }

  private var kind: Kind {
    switch self {
    case .text, .textArea, .name, .email, .phoneNumber, .website, .socialSecurityNumber, .dropdown, .radio, .state:
      .text
    case .drilldown: .choice
    case .yesNo: .truth
    case .wholeNumber, .year, .month, .dayOfWeek, .user: .wholeNumber
    case .decimalNumber, .currency, .percent: .decimal
    case .date, .dateTime: .time
    case .listBox: .labels
    case .userListBox: .users
    }
  }

  /// The forms that a content is found by; none for one that has none.
  func searchForms(of content: JSON) -> [String] {
    switch kind {
    case .text, .choice: content.string.map { [form($0)] } ?? []
    case .truth, .wholeNumber: content.integer.map { [NormalForm.number($0)] } ?? []
    case .decimal: content.double.map { [NormalForm.decimal($0)] } ?? []
    case .time: content.string.flatMap(ISO8601.milliseconds).map { [NormalForm.number($0)] } ?? []
    case .labels: entries(content).map(form)
    case .users: entries(content).compactMap { Int64($0).map(NormalForm.number) }
    }
  }

  private func entries(_ content: JSON) -> [String] {
    content.string?.split(separator: ",").map { NormalForm.trimmed(String($0)) } ?? []
  }

  private func form(_ text: String) -> String {
    self == .socialSecurityNumber ? text.filter(\.isASCIIDigit) : NormalForm.name(text)
  }

  /// What a condition on a field of this type asks of the forms.
  fileprivate func test(_ term: FilterTerm) throws(ContactRefusal) -> SearchCondition.Test {
    switch kind {
    case .text:
      try term.requireEqual()
      let pattern = try term.beginning()
      return pattern.isPrefix ? .startsWith(form(pattern.text)) : .compares(.equal, form(pattern.text))
    case .choice, .labels:
      try term.requireEqual()
      return .compares(.equal, form(try term.text()))
    case .truth:
      try term.requireEqual()
      return .compares(.equal, NormalForm.number(try truth(term) ? 1 : 0))
    case .users:
      try term.requireEqual()
      return .compares(.equal, NormalForm.number(try wholeNumber(term)))
    case .wholeNumber: return .compares(try order(term), NormalForm.number(try wholeNumber(term)))
    case .decimal:
      guard let number = CustomFieldDefinition.decimal(try term.text()) else {
        throw ContactRefusal("filter: \(term.name) must be a number")
      }
      return .compares(try order(term), NormalForm.decimal(number))
    case .time: return .compares(try order(term), NormalForm.number(try time(term)))
    }
  }

  private func order(_ term: FilterTerm) throws(ContactRefusal) -> FilterTerm.Comparison {
    guard term.comparison != .unequal else { throw ContactRefusal("filter: \(term.name) cannot be compared with !=") }
    return term.comparison
  }

  /// It may be below zero, other than an identifier.
  private func wholeNumber(_ term: FilterTerm) throws(ContactRefusal) -> Int64 {
    guard let number = Int64(term.value) else { throw ContactRefusal("filter: \(term.name) must be a whole number") }
    return number
  }

  private func truth(_ term: FilterTerm) throws(ContactRefusal) -> Bool {
    guard let truth = CustomFieldDefinition.truth(try term.text()) else {
      throw ContactRefusal("filter: \(term.name) must be yes or no")
    }
    return truth
  }

  /// A date alone is refused, as at Keap: it would not say where the day begins.
  private func time(_ term: FilterTerm) throws(ContactRefusal) -> Int64 {
    guard term.value.contains("T"), let time = KeapTime.milliseconds(term.value) else {
      throw ContactRefusal("filter: \(term.name) must be a time such as 2026-01-01T00:00:00.000Z")
    }
    return time
  }
}

extension CustomFieldModel {
  /// The types of the fields, by their numbers.
  package var types: [Int64: CustomFieldType] { Dictionary(uniqueKeysWithValues: definitions.map { ($0.id, $0.type) }) }

  /// What a condition on a field that the tenant defined asks. It calls the field by its `fieldName`, in any case.
  ///
  /// - Throws: where no field has the name, or the field's type is not compared so.
  package func search(_ term: FilterTerm) throws(ContactRefusal) -> SearchCondition {
    let name = term.name.lowercased()
    guard let field = definitions.first(where: { $0.fieldName.lowercased() == name }) else { throw term.unknown() }
    return SearchCondition([.custom(field.id)], try field.type.test(term))
  }
}
