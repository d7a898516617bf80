/// Names of fields that a call gives, as far as they can be seen.
package struct FieldNames: Equatable, Sendable {
  package var names: [String] = []
  /// Whether there are no others.
  package var isWhole = false
  /// Whether they are all that Novak's SDK knows of the table, since its caller names none.
  package var isOfSDK = false

  static let unseen = FieldNames()

  /// Whether one of these fields, in small letters, may be among them.
  func mayHold(_ fields: Set<String>) -> Bool { !isWhole || names.contains { fields.contains($0.lowercased()) } }

  static func + (left: FieldNames, right: FieldNames) -> FieldNames {
    FieldNames(names: left.names + right.names, isWhole: left.isWhole && right.isWhole)
  }
}

/// The fields that a call is about.
package struct CallFields: Equatable, Sendable {
  /// Those whose contents it asks for.
  package var asked = FieldNames.unseen
  /// Those that it looks for records by, and sorts by.
  package var looked = FieldNames.unseen
  package var written = FieldNames.unseen

  /// Whether some are all that an SDK knows.
  var isOfSDK: Bool { asked.isOfSDK || written.isOfSDK }
}
