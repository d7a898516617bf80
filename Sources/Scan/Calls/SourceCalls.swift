/// A call of Keap's XML-RPC, as a source has it.
package struct FoundCall: Equatable, Sendable {
  /// What a call of the DataService is about.
  package enum Table: Equatable, Sendable {
    /// The method has no table.
    case none
    case named(String)
    /// Which one it is cannot be seen in the source.
    case open
  }

  /// From 1.
  package var line: Int
  /// `Service.method`; nil where that shows only when the program runs.
  package var method: String?
  package var table = Table.none
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
