/// A call of Keap's XML-RPC, as a source has it.
package struct FoundCall: Equatable, Sendable {
  /// What a call of the DataService is about.
  package enum Subject: Equatable, Sendable {
    /// The method has neither a table nor a setting.
    case none
    /// One of Keap's tables.
    case table(String)
    /// A text that is no table of Keap's; nil where it does not look like a name, and might be a secret.
    case noTable(String?)
    case setting(module: String, name: String)
    /// Which one it is cannot be seen in the source.
    case open
  }

  /// From 1.
  package var line: Int
  /// From 1, in UTF-16 units; nil within a text of several lines.
  package var column: Int?
  /// `Service.method`; nil where that shows only when the program runs.
  package var method: String?
  package var subject = Subject.none
  package var fields = CallFields()
}

/// What is found in one source.
package struct SourceCalls: Equatable, Sendable {
  package var calls: [FoundCall] = []
  /// Lines on which a function passes on, as the method to call, what it is given.
  var passing: [Passing] = []
  /// Functions that are given names of methods, in small letters.
  var givenMethods: Set<String> = []

  struct Passing: Equatable, Sendable {
    /// In small letters.
    var function: String
    var line: Int
  }
}
