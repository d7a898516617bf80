/// A call in a file, and what becomes of it.
package struct Finding: Equatable, Sendable {
  /// From the place that was scanned, with slashes.
  package var file: String
  /// From 1.
  package var line: Int
  /// From 1, in UTF-16 units, where it is known.
  package var column: Int?
  /// `Service.method`; nil where it shows only when the program runs.
  package var method: String?
  /// Of a call of the DataService, where it can be seen.
  package var table: String?
  /// Of a call of getAppSetting, where it can be seen: `Contact.optiontypes`.
  package var setting: String?
  package var standing: Standing
  /// Empty where there is nothing to say.
  package var sentence: String

  init(_ call: FoundCall, in file: String) {
    let verdict = Verdict.of(call)
    self.file = file
    line = call.line
    column = call.column
    method = call.method
    switch call.subject {
    case .table(let name): table = name
    case .noTable(let name): table = name
    case .setting(let module, let name): setting = "\(module).\(name)"
    case .none, .open: break
    }
    standing = verdict.standing
    sentence = verdict.sentence
  }

  /// What is called, for a person: `DataService.query(Contact)`.
  package var call: String {
    method.map { name in name + ((table ?? setting).map { "(\($0))" } ?? "") } ?? "a method unknown"
  }
}
