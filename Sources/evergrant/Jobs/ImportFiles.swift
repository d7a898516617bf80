import Jobs

/// What an import writes beside its calls: what became of each row, the rows that were refused, and how far it is.
///
/// The files about rows are on disk before the note that these rows are settled, and are cut to what the note says of them when
/// an import goes on: so each row stands in them once.
final class ImportFiles {
  private let report: RowFile?
  private let refused: RefusedFile?
  private let progress: ProgressFile?

  init(report: RowFile?, refused: RefusedFile?, _ progress: ProgressFile?) {
    (self.report, self.refused, self.progress) = (report, refused, progress)
  }

  /// Whether the same command goes on where this one ends.
  var isKept: Bool { progress?.isKept == true }

  var keeping: CustomerImport.Keeping {
    CustomerImport.Keeping(isDue: { [progress] in progress?.isDue() == true }) { [self] mark in try save(mark) }
  }

  private func save(_ mark: ImportMark) throws {
    guard mark.report.rows > 0 else { return }
    var lengths = try report?.sync() ?? [:]
    try lengths.merge(refused?.sync() ?? [:]) { _, last in last }
    progress?.save(mark, lengths)
  }

  func write(_ row: CustomerImport.Row, _ told: CustomerImport.Report) throws {
    try report?.write(row)
    try refused?.write(row, told)
  }

  /// The import came to nothing: what it has made is taken away, so that the same command can be given again.
  /// - Parameter rows: how many it has told of, with those of earlier runs.
  func discard(_ rows: Int) {
    report?.remove()
    refused?.remove()
    // Rows that were told of are to be told of again.
    if rows > 0 { progress?.remove() }
  }

  /// The whole file was read.
  func end() throws {
    _ = try report?.sync()
    try refused?.end()
    progress?.remove()
  }
}
