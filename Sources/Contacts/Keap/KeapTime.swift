import Wire

/// Points in time as Keap's two REST versions write them, from milliseconds since 1970; both read what ``ISO8601`` reads.
package enum KeapTime {
  /// `2024-11-12T21:45:54.000+0000`.
  package static func v1(_ milliseconds: Int64) -> String { ISO8601.withFraction(milliseconds) }

  /// `2024-03-15T10:30:00Z`.
  package static func v2(_ milliseconds: Int64) -> String { ISO8601.text(milliseconds) }

  /// `2024-03-15T10:30:00.000Z`: a time in a custom field, in both versions.
  static func content(_ milliseconds: Int64) -> String { ISO8601.withFraction(milliseconds).dropLast(5) + "Z" }

  package static func milliseconds(_ text: String) -> Int64? { ISO8601.milliseconds(text) }
}
