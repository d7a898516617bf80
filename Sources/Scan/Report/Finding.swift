/// A call in a file, and what becomes of it.
package struct Finding: Equatable, Sendable {
  /// From the place that was scanned, with slashes.
  package var file: String
  /// From 1.
  package var line: Int
  /// `Service.method`; nil where it shows only when the program runs.
  package var method: String?
  /// Of a call of the DataService, where it can be seen.
  package var table: String?
  package var standing: Standing
  /// Empty where there is nothing to say.
  package var sentence: String

  init(_ call: FoundCall, in file: String) {
    let verdict = Verdict.of(call)
    self.file = file
    line = call.line
    method = call.method
    if case .named(let name) = call.table { table = name }
    standing = verdict.standing
    sentence = verdict.sentence
  }

  /// What is called, for a person: `DataService.query(Contact)`.
  package var call: String { method.map { name in name + (table.map { "(\($0))" } ?? "") } ?? "a method unknown" }
}
