import Wire

/// What can be chosen in a field. Only those of a drilldown have options of their own.
package struct CustomFieldOption: Hashable, Sendable {
  /// Unique within its field.
  package var id: Int64
  package var label: String
  package var options: [CustomFieldOption]

  package init(id: Int64, label: String, options: [CustomFieldOption] = []) {
    self.id = id
    self.label = label
    self.options = options
  }

  /// An option as a request has it.
  package struct Draft: Hashable, Sendable {
    /// The option that is there already; nil for a new one.
    package var id: Int64?
    package var label: String
    /// Nil leaves those of the option that is there.
    package var options: [Draft]?

    package init(id: Int64? = nil, label: String, options: [Draft]? = nil) {
      self.id = id
      self.label = label
      self.options = options
    }
  }

  /// This option and all below it.
  var family: [CustomFieldOption] { [self] + options.flatMap(\.family) }
}

extension CustomFieldType {
  /// The options of a field of this type after a request.
  ///
  /// - Parameter old: those that are there: a draft keeps the number of the one that it names, and whichever no draft names is
  ///   gone.
  package func options(
    _ drafts: [CustomFieldOption.Draft], over old: [CustomFieldOption] = []
  ) throws(ContactRefusal) -> [CustomFieldOption] {
    guard hasOptions || drafts.isEmpty else {
      throw ContactRefusal("options: a field of the type \(rawValue) has none")
    }
    var numbering = OptionNumbering(type: self, old: old.flatMap(\.family))
    return try numbering.options(drafts)
  }
}

/// Gives new options their numbers and sees that none is given twice.
private struct OptionNumbering {
  let type: CustomFieldType
  private let old: [Int64: CustomFieldOption]
  private var next: Int64
  private var taken: Set<Int64> = []

  init(type: CustomFieldType, old: [CustomFieldOption]) {
    self.type = type
    self.old = Dictionary(old.map { ($0.id, $0) }) { first, _ in first }
    next = (old.map(\.id).max() ?? 0) + 1
  }

  mutating func options(_ drafts: [CustomFieldOption.Draft]) throws(ContactRefusal) -> [CustomFieldOption] {
    var options: [CustomFieldOption] = []
    var labels: Set<String> = []
    for draft in drafts {
      guard labels.insert(NormalForm.name(draft.label)).inserted else {
        throw ContactRefusal("options: \(draft.label) is given twice")
      }
      // The content of a list box is its labels by comma.
      guard type != .listBox || !draft.label.contains(",") else {
        throw ContactRefusal("options: \(draft.label) has a comma, which parts the labels of a list box")
      }
      options.append(try option(draft))
    }
    return options
  }

  private mutating func option(_ draft: CustomFieldOption.Draft) throws(ContactRefusal) -> CustomFieldOption {
    guard type == .drilldown || draft.options?.isEmpty ?? true else {
      throw ContactRefusal("options: only those of a DRILLDOWN have options of their own")
    }
    guard let id = draft.id else {
      let number = next
      next += 1
      return CustomFieldOption(id: number, label: draft.label, options: try options(draft.options ?? []))
    }
    guard let known = old[id] else { throw ContactRefusal("options: there is no option \(id)") }
    try take(id)
    if let drafts = draft.options {
      return CustomFieldOption(id: id, label: draft.label, options: try options(drafts))
    }
    for option in known.options.flatMap(\.family) { try take(option.id) }
    return CustomFieldOption(id: id, label: draft.label, options: known.options)
  }

  private mutating func take(_ id: Int64) throws(ContactRefusal) {
    guard taken.insert(id).inserted else { throw ContactRefusal("options: \(id) is given twice") }
  }
}
