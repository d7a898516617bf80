/// One record of a CSV file, or why it is refused, with the line (from 1) that it begins on.
package struct CSVRecord: Equatable, Sendable {
  package var line: Int
  package var fields: Result<[String], CSVFault>
}

package enum CSVFault: Error, Equatable, Sendable, CustomStringConvertible {
  case notUTF8(column: Int)
  case unclosedQuote
  case textAfterQuote
  case tooLong(limit: Int)

  package var description: String {
    switch self {
    case .notUTF8(let column): "column \(column) is not UTF-8: save the file as UTF-8"
    case .unclosedQuote: "a quote opens here and never closes"
    case .textAfterQuote: "text follows a closing quote: double a quote that belongs to the text"
    case .tooLong(let limit): "longer than \(limit) bytes"
    }
  }
}

/// Reads CSV (RFC 4180) from chunks of any size, in memory bounded by the longest record allowed.
///
/// Lines end in LF, CRLF or CR. The delimiter is the one of comma, semicolon and tab that the first line has most of
/// outside quotes. A quote means something only where a field begins; elsewhere it is text. Empty lines are skipped.
/// A record with a misplaced or unclosed quote is refused as its first line alone, and reading resumes on the next:
/// one stray quote costs one line and not the rest of the file.
package struct CSVReader: Sendable {
  private enum State {
    case fieldStart
    case unquoted
    case quoted
    /// Behind a quote within quotes: the end of the field, or the first half of a doubled quote.
    case quoteInQuoted
    /// Behind a refused record, up to its line's end.
    case skipping
  }

  package let limit: Int
  private var delimiter: UInt8?
  /// The bytes read and not used up; from `start`, the record's beginning, so that reading can go back to it.
  private var pending: [UInt8] = []
  private var start = 0
  private var position = 0
  private var state = State.fieldStart
  private var fields: [[UInt8]] = []
  private var field: [UInt8] = []
  /// Where the record begins.
  private var line = 1
  private var linesInRecord = 0
  private var finished = false

  /// - Parameter limit: the most bytes of one record.
  package init(limit: Int = 256 << 10) { self.limit = limit }

  /// Takes the next bytes and gives the records that they complete.
  package mutating func feed(_ chunk: some Sequence<UInt8>) -> [CSVRecord] {
    pending += chunk
    return read()
  }

  /// Takes the end of the file.
  package mutating func finish() -> [CSVRecord] {
    finished = true
    var records = read()
    while state == .quoted {
      refuse(.unclosedQuote, &records)
      records += read()
    }
    if state != .skipping, !(fields.isEmpty && field.isEmpty && state == .fieldStart) { endRecord(&records) }
    return records
  }

  private mutating func read() -> [CSVRecord] {
    var records: [CSVRecord] = []
    guard prepareFirstLine() else { return records }
    defer {
      pending.removeFirst(start)
      position -= start
      start = 0
    }
    while position < pending.count {
      let byte = pending[position]
      // Whether a CR stands alone shows only in the byte behind it.
      if byte == 0x0D, position + 1 == pending.count, !finished { break }
      let endsLine = byte == 0x0A || byte == 0x0D && !(position + 1 < pending.count && pending[position + 1] == 0x0A)
      let isHalfOfLineEnd = byte == 0x0D && !endsLine
      position += 1
      if endsLine { linesInRecord += 1 }
      switch state {
      case .skipping:
        if endsLine { beginRecord() }
      case .quoted:
        if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else { field.append(byte) }
      default:
        if endsLine {
          endRecord(&records)
        } else if isHalfOfLineEnd {
          break
        } else if byte == delimiter {
          endField()
        } else if byte == UInt8(ascii: "\""), state == .quoteInQuoted {
          field.append(byte)
          state = .quoted
        } else if byte == UInt8(ascii: "\""), state == .fieldStart {
          state = .quoted
        } else if state == .quoteInQuoted {
          refuse(.textAfterQuote, &records)
        } else {
          field.append(byte)
          state = .unquoted
        }
      }
      if state != .skipping, position - start > limit { refuse(.tooLong(limit: limit), &records) }
      if state == .skipping { start = position }
    }
    return records
  }

  /// Skips a byte-order mark and finds the delimiter, once the first line is there.
  private mutating func prepareFirstLine() -> Bool {
    if delimiter != nil { return true }
    if pending.count < 3, !finished { return false }
    if pending.starts(with: [0xEF, 0xBB, 0xBF]) { pending.removeFirst(3) }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
    var counts = [0, 0, 0]
    var isQuoted = false
    var isWhole = finished || pending.count > limit
    var hasText = false
    for byte in pending {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if !isQuoted, byte == 0x0A || byte == 0x0D {
        isWhole = isWhole || hasText
        if hasText { break } else { continue }
      }
      hasText = true
      if !isQuoted, let index = candidates.firstIndex(of: byte) { counts[index] += 1 }
    }
    guard isWhole else { return false }
    delimiter = candidates[counts.firstIndex(of: counts.max() ?? 0) ?? 0]
    return true
  }

  private mutating func endField() {
    fields.append(field)
    field = []
    state = .fieldStart
  }

  private mutating func endRecord(_ records: inout [CSVRecord]) {
    endField()
    if fields != [[]] {
      var texts: [String] = []
      var fault: CSVFault?
      for (index, bytes) in fields.enumerated() {
        guard let text = String(validating: bytes, as: UTF8.self) else {
          fault = .notUTF8(column: index + 1)
          break
        }
        texts.append(text)
      }
      records.append(CSVRecord(line: line, fields: fault.map { .failure($0) } ?? .success(texts)))
    }
    beginRecord()
  }

  private mutating func beginRecord() {
    line += linesInRecord
    linesInRecord = 0
    fields = []
    field = []
    state = .fieldStart
    start = position
  }

  /// Refuses the record as its first line and goes back to the line behind that.
  private mutating func refuse(_ fault: CSVFault, _ records: inout [CSVRecord]) {
    records.append(CSVRecord(line: line, fields: .failure(fault)))
    position = start
    linesInRecord = 0
    fields = []
    field = []
    state = .skipping
  }
}
