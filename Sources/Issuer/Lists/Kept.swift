import Store

/// A stored record, and the number of its state: who saves it says which state was read.
struct Kept<Record> {
  var record: Record
  var revision: Int64

  init(_ record: Record, _ row: Row) throws {
    self.record = record
    revision = try row["revision"]
  }
}
