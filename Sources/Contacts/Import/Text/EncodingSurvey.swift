import Wire

/// What the bytes of a file tell of its letters, looked at in pieces and line by line, in a few words of memory.
package struct EncodingSurvey: Sendable {
  package struct Finding: Equatable, Sendable {
    package var encoding: TextEncoding
    package var certainty: Certainty
    /// Lines that are not in the encoding, and the first of them.
    package var strayLines = 0
    package var firstStray: Int?
  }

  package enum Certainty: Equatable, Sendable {
    /// A byte-order mark says so, or all that was seen is valid and could hardly be so by chance.
    case sure
    /// Nothing but ASCII was seen.
    case plain
    /// So many lines hold single letters that fit, as in western European names.
    case likely(lines: Int)
    /// It could be read so, and whole words of such letters, or bytes that are no letters, speak for an encoding that is not
    /// known here.
    case doubtful(lines: Int)
  }

  private var head: [UInt8] = []
  private var utf8Lines = 0
  private var strayLines = 0
  private var firstStray: Int?
  private var line = 1
  private var hasHigh = false
  private var isBroken = false
  private var previous: UInt8 = 0
  /// Continuation bytes that are owed, and what the next of them may be.
  private var owed = 0
  private var bounds: ClosedRange<UInt8> = 0x80...0xBF
  private var highBytes = 0
  private var highNeighbours = 0
  private var openBytes = 0

  package init() {}

  package mutating func feed(_ chunk: some Sequence<UInt8>) {
    for byte in chunk {
      if head.count < Self.mostOfHead { head.append(byte) }
      look(byte)
      previous = byte
    }
  }

  private static let mostOfHead = 4096
  /// Bytes that windows-1252 leaves open.
  private static let open: Set<UInt8> = [0x81, 0x8D, 0x8F, 0x90, 0x9D]

  private mutating func look(_ byte: UInt8) {
    if byte == 0x0A || byte == 0x0D {
      endLine()
      if byte == 0x0A, previous == 0x0D { return }
      line += 1
      return
    }
    if byte >= 0x80 {
      hasHigh = true
      highBytes += 1
      if previous >= 0x80 { highNeighbours += 1 }
      if Self.open.contains(byte) { openBytes += 1 }
    }
    if owed > 0 {
      isBroken = isBroken || !bounds.contains(byte)
      owed = bounds.contains(byte) ? owed - 1 : 0
      bounds = 0x80...0xBF
    } else {
      begin(byte)
    }
  }

  /// The first byte of a letter, by table 3-7 of the Unicode Standard.
  private mutating func begin(_ byte: UInt8) {
    switch byte {
    case 0..<0x80: break
    case 0xC2...0xDF: owed = 1
    case 0xE0: (owed, bounds) = (2, 0xA0...0xBF)
    case 0xED: (owed, bounds) = (2, 0x80...0x9F)
    case 0xE1...0xEF: owed = 2
    case 0xF0: (owed, bounds) = (3, 0x90...0xBF)
    case 0xF1...0xF3: owed = 3
    case 0xF4: (owed, bounds) = (3, 0x80...0x8F)
    default: isBroken = true
    }
  }

  private mutating func endLine() {
    if isBroken || owed > 0 {
      strayLines += 1
      firstStray = firstStray ?? line
    } else if hasHigh {
      utf8Lines += 1
    }
    (hasHigh, isBroken, owed, bounds) = (false, false, 0, 0x80...0xBF)
  }

  /// What the file is taken for.
  /// - Parameter isWhole: whether all of it was seen; else a letter may be cut at its end.
  package func finding(isWhole: Bool) -> Finding {
    var survey = self
    if isWhole { survey.endLine() }
    for encoding in TextEncoding.allCases where !encoding.mark.isEmpty && head.starts(with: encoding.mark) {
      return encoding == .utf8 ? survey.strays(in: .utf8) : Finding(encoding: encoding, certainty: .sure)
    }
    if let encoding = withoutMark { return Finding(encoding: encoding, certainty: .likely(lines: line)) }
    guard survey.strayLines > 0 else {
      return Finding(encoding: .utf8, certainty: survey.utf8Lines > 0 ? .sure : .plain)
    }
    // By chance windows-1252 is hardly ever valid UTF-8, so a line that is tells what the rest should be.
    if survey.utf8Lines > 0 { return survey.strays(in: .utf8) }
    let isOdd = openBytes > 0 || highNeighbours * 3 > highBytes
    return Finding(
      encoding: .windows1252,
      certainty: isOdd ? .doubtful(lines: survey.strayLines) : .likely(lines: survey.strayLines))
  }

  private func strays(in encoding: TextEncoding) -> Finding {
    Finding(encoding: encoding, certainty: .sure, strayLines: strayLines, firstStray: firstStray)
  }

  /// UTF-16 by the zeros that its Latin letters have.
  private var withoutMark: TextEncoding? {
    guard head.count >= 4 else { return nil }
    let zeros = (0...1).map { offset in
      stride(from: offset, to: head.count, by: 2).count { head[$0] == 0 }
    }
    let enough = head.count / 4
    if zeros[1] > enough, zeros[0] <= head.count / 16 { return .utf16LittleEndian }
    if zeros[0] > enough, zeros[1] <= head.count / 16 { return .utf16BigEndian }
    return nil
  }
}
