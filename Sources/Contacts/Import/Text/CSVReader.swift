import Wire

/// Reads CSV (RFC 4180) from chunks of any size, in memory bounded by the longest record allowed.
///
/// Lines end in LF, CRLF or CR. The delimiter is the one of comma, semicolon and tab that the first line has most of
/// outside quotes. A quote means something only where a field begins; elsewhere it is text. Empty lines are skipped.
/// A record with a misplaced or unclosed quote is refused as its first line alone, and reading resumes on the next:
/// one stray quote costs one line and not the rest of the file. On the lines that it was followed over in vain, quotes
/// hold no line ends.
package struct CSVReader: Sendable {
  private enum State {
    case fieldStart
    case unquoted
    case quoted
    /// Behind a quote within quotes: the end of the field, or the first half of a doubled quote.
    case quoteInQuoted
    /// In a refused record, up to its first line's end.
    case skipping(CSVFault)

    var isSkipping: Bool { if case .skipping = self { true } else { false } }
    var isQuoted: Bool { if case .quoted = self { true } else { false } }
  }

  package static let mostColumns = 4096

  package let limit: Int
  private let encoding: TextEncoding
  /// Known once the first line has been read.
  private(set) package var delimiter: UInt8?
  /// The bytes read and not used up; from `start`, the record's beginning, so that reading can go back to it.
  private var pending: [UInt8] = []
  private var start = 0
  private var position = 0
  /// Where the line begins that is being read.
  private var lineStart = 0
  /// The beginning of the line that showed that a quote before it was followed in vain. One that opens before it is followed in
  /// its own line alone, so that no file is read more than a few times over, whatever its quotes are.
  private var inVain = 0
  private var state = State.fieldStart
  private var fields: [[UInt8]] = []
  private var field: [UInt8] = []
  /// Of a refused record.
  private var raw: [UInt8] = []
  /// Where the record begins.
  private var line = 1
  private var linesInRecord = 0
  private var isBegun = false
  private var finished = false

  /// - Parameters:
  ///   - encoding: what the bytes are; UTF-16 comes as UTF-8, from `UTF16Reader`.
  ///   - limit: the most bytes of one record.
  package init(encoding: TextEncoding = .utf8, limit: Int = 256 << 10) {
    self.encoding = encoding
    self.limit = limit
  }

  /// Takes the next bytes and gives the records that they complete.
  package mutating func feed(_ chunk: some Sequence<UInt8>) -> [CSVRecord] {
    pending += chunk
    return read()
  }

  /// Takes the end of the file.
  package mutating func finish() -> [CSVRecord] {
    finished = true
    var records = read()
    while state.isQuoted {
      refuse(.unclosedQuote)
      records += read()
    }
    if case .skipping(let fault) = state {
      endRefused(fault, &records)
    } else if !(fields.isEmpty && field.isEmpty && position == start) {
      endRecord(upTo: position, &records)
    }
    return records
  }

  private mutating func read() -> [CSVRecord] {
    var records: [CSVRecord] = []
    guard prepareFirstLine() else { return records }
    defer {
      pending.removeFirst(start)
      position -= start
      lineStart -= start
      inVain = max(0, inVain - start)
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
      case .skipping(let fault):
        if endsLine {
          endRefused(fault, &records)
        } else if !isHalfOfLineEnd, raw.count <= limit {
          raw.append(byte)
        }
      case .quoted:
        if byte == UInt8(ascii: "\"") {
          state = .quoteInQuoted
        } else if endsLine, start < inVain {
          refuse(.unclosedQuote)
        } else {
          field.append(byte)
        }
      default:
        if endsLine {
          let isPair = byte == 0x0A && position - 2 >= start && pending[position - 2] == 0x0D
          endRecord(upTo: position - (isPair ? 2 : 1), &records)
        } else if isHalfOfLineEnd {
          break
        } else if byte == delimiter {
          endField()
          if fields.count >= Self.mostColumns { refuse(.tooManyColumns(most: Self.mostColumns)) }
        } else {
          read(byte)
        }
      }
      if !state.isSkipping, position - start > limit {
        refuse(state.isQuoted && linesInRecord > 0 ? .tooLongInQuotes(limit: limit) : .tooLong(limit: limit))
      }
      if state.isSkipping { start = position }
      if endsLine { lineStart = position }
    }
    return records
  }

  /// A byte of a field, outside of quotes or behind one.
  private mutating func read(_ byte: UInt8) {
    switch (state, byte == UInt8(ascii: "\"")) {
    case (.quoteInQuoted, true):
      field.append(byte)
      state = .quoted
    case (.fieldStart, true): state = .quoted
    case (.quoteInQuoted, false): refuse(.textAfterQuote)
    default:
      field.append(byte)
      state = .unquoted
    }
  }

  /// Skips a byte-order mark and finds the delimiter, once the first line is there.
  private mutating func prepareFirstLine() -> Bool {
    if delimiter != nil { return true }
    if !isBegun {
      if pending.count < 3, !finished { return false }
      if pending.starts(with: TextEncoding.utf8.mark) { pending.removeFirst(3) }
      isBegun = true
    }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), 0x09]
    var counts = [0, 0, 0]
    var isQuoted = false
    var isWhole = finished || pending.count > limit
    var hasText = false
    for byte in pending.prefix(limit + 1) {
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

  private mutating func endRecord(upTo end: Int, _ records: inout [CSVRecord]) {
    endField()
    if fields != [[]] {
      records.append(CSVRecord(line: line, fields: texts(of: fields), raw: Array(pending[start..<end])))
    }
    beginRecord()
  }

  private func texts(of fields: [[UInt8]]) -> Result<[String], CSVFault> {
    var texts: [String] = []
    texts.reserveCapacity(fields.count)
    for (index, bytes) in fields.enumerated() {
      if bytes.contains(0) { return .failure(.nul(column: index + 1)) }
      if encoding == .windows1252 {
        texts.append(Windows1252.text(bytes))
      } else if let text = String(validating: bytes, as: UTF8.self) {
        texts.append(text)
      } else {
        return .failure(.notIn(encoding, column: index + 1))
      }
    }
    return .success(texts)
  }

  private mutating func beginRecord() {
    line += linesInRecord
    linesInRecord = 0
    fields = []
    field = []
    raw = []
    state = .fieldStart
    start = position
    lineStart = position
  }

  /// Refuses the record as its first line and goes back to that line's beginning, to step over it.
  private mutating func refuse(_ fault: CSVFault) {
    inVain = max(inVain, lineStart)
    position = start
    lineStart = start
    linesInRecord = 0
    fields = []
    field = []
    raw = []
    state = .skipping(fault)
  }

  private mutating func endRefused(_ fault: CSVFault, _ records: inout [CSVRecord]) {
    records.append(CSVRecord(line: line, fields: .failure(fault), raw: raw.count > limit ? [] : raw))
    beginRecord()
  }
}
