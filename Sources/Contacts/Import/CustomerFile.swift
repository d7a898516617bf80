import Wire

/// A customer file as shops and address books export it (CSV), read in chunks into changes to upsert.
///
/// What becomes of a cell:
/// - White space around it goes, and so does the apostrophe that keeps spreadsheets from eating a leading zero or from taking
///   the cell for a formula. Letters are composed (NFC). Nothing else of a text changes: a phone number, a post code and
///   an e-mail address stay as they are written.
/// - An empty cell says nothing: it clears nothing that the contact has.
/// - Several addresses or numbers in one cell, as Google parts them by ` ::: `, take the slots that are free.
/// - Addresses without `shipping` in the column's name are BILLING. A line break in a street divides `line1`, `line2`.
/// - A country, by name or code, becomes its alpha-3 code. One that `Countries` does not know is left out with a
///   warning, and its region with it, since Keap takes no region without a country.
/// - A region becomes its ISO 3166-2 code where `Regions` knows it, and stays text elsewhere: the provider decides.
/// - A name from one column for given and family name is divided before its last word.
/// - A birthday without a year, or whose day and month could be each other, is left out with a warning.
///
/// A cell of our own export (`ContactCells`) is taken to the letter instead.
package struct CustomerFile: Sendable {
  /// How a file is to be read.
  package struct Reading: Equatable, Sendable {
    package var encoding: TextEncoding
    package var maps: [ColumnMap]
    /// What comes first in a date such as 3/4/1985; nil where nobody has said.
    package var dates: DateOrder?

    package init(encoding: TextEncoding = .utf8, maps: [ColumnMap] = [], dates: DateOrder? = nil) {
      self.encoding = encoding
      self.maps = maps
      self.dates = dates
    }
  }

  package struct Row: Equatable, Sendable {
    /// Where it begins in the file, from 1.
    package var line: Int
    package var outcome: Outcome
    /// Its bytes as `CSVRecord` has them.
    package var raw: [UInt8] = []
  }

  package enum Outcome: Equatable, Sendable {
    /// The change always has an EMAIL1. Warnings say what was left out.
    case accepted(CustomerEntry, warnings: [String])
    case refused(reason: String)
  }

  /// Known once the first line has been read.
  package private(set) var columns: CustomerColumns?
  /// The bytes of the first line, as `CSVRecord` has them.
  package private(set) var header: [UInt8] = []
  package var delimiter: UInt8? { reader.delimiter }
  private let reading: Reading
  private var reader: CSVReader
  private var transcoder: UTF16Reader?

  /// - Parameter limit: the most bytes of one record.
  package init(_ reading: Reading = Reading(), limit: Int = 256 << 10) {
    self.reading = reading
    reader = CSVReader(encoding: reading.encoding, limit: limit)
    if reading.encoding.isUTF16 {
      transcoder = UTF16Reader(isLittleEndian: reading.encoding == .utf16LittleEndian)
    }
  }

  /// Takes the next bytes and gives the rows that they complete.
  /// - Throws: `ContactRefusal` when the first line is no header with an e-mail column; the file is then of no use.
  package mutating func feed(_ chunk: some Sequence<UInt8>) throws(ContactRefusal) -> [Row] {
    guard transcoder != nil else { return try rows(reader.feed(chunk)) }
    let text = transcoder?.feed(chunk) ?? []
    return try rows(reader.feed(text))
  }

  /// Takes the end of the file.
  package mutating func finish() throws(ContactRefusal) -> [Row] {
    let rest = transcoder?.finish() ?? []
    let rows = try rows(reader.feed(rest)) + self.rows(reader.finish())
    if columns == nil { throw ContactRefusal("the file is empty: its first line has to name the columns") }
    return rows
  }

  private mutating func rows(_ records: [CSVRecord]) throws(ContactRefusal) -> [Row] {
    var rows: [Row] = []
    for record in records {
      if let columns {
        rows.append(Row(line: record.line, outcome: outcome(record, columns), raw: record.raw))
      } else {
        switch record.fields {
        case .success(let names):
          columns = try CustomerColumns(header: names, maps: reading.maps)
          header = record.raw
        case .failure(let fault): throw ContactRefusal("line \(record.line), which has to name the columns: \(fault)")
        }
      }
    }
    return rows
  }

  private func outcome(_ record: CSVRecord, _ columns: CustomerColumns) -> Outcome {
    switch record.fields {
    case .failure(let fault): return .refused(reason: fault.description)
    case .success(let cells):
      let expected = columns.names.count
      guard cells.count == expected else {
        return .refused(
          reason:
            "\(cells.count) columns where the first line names \(expected): too \(cells.count < expected ? "few" : "many")"
        )
      }
      return CustomerRow(cells: cells, columns: columns, dates: reading.dates).outcome
    }
  }
}

/// What a row says of a person.
package struct CustomerEntry: Equatable, Sendable {
  /// What a row says of a custom field, which is known by name alone until the API has told its definitions.
  package struct CustomText: Equatable, Sendable {
    package var field: String
    package var text: String

    package init(field: String, text: String) {
      self.field = field
      self.text = text
    }
  }

  package var change: ContactChange
  /// Names of tags, each once.
  package var tags: [String] = []
  package var custom: [CustomText] = []

  package init(_ change: ContactChange, tags: [String] = [], custom: [CustomText] = []) {
    self.change = change
    self.tags = tags
    self.custom = custom
  }
}
