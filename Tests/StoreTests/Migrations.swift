import Store

extension [Migration] {
  /// A schema that is none of the product's.
  static let oneTable = [Migration(1, ["CREATE TABLE things (name TEXT)"])]
}
