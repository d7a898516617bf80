import Wire

/// What somebody says of a file's letters, against what its bytes tell.
extension EncodingSurvey.Finding {
  /// What comes of reading it as is said.
  package enum Outcome: Equatable, Sendable {
    /// Nothing speaks against it; what is not in the encoding shows row by row.
    case fits
    /// Lines that are UTF-8 would be read as other letters, and other lines would not.
    case garbledInPart
    /// Each letter beyond ASCII, or each at all, would be read as another, or its row refused.
    case garbled
  }

  /// - Parameter named: what is said.
  package func outcome(readAs named: TextEncoding) -> Outcome {
    switch (named, encoding) {
    case (.windows1252, .utf8):
      // By chance windows-1252 is hardly ever valid UTF-8.
      guard certainty == .sure else { return .fits }
      return strayLines > 0 ? .garbledInPart : .garbled
    case (.utf16LittleEndian, .utf8), (.utf16BigEndian, .utf8):
      // Without a letter beyond ASCII it may be UTF-16 that has few of the zeros by which it is known.
      return certainty == .sure && strayLines == 0 ? .garbled : .fits
    case (.windows1252, .utf16LittleEndian), (.windows1252, .utf16BigEndian), (.utf8, .utf16LittleEndian),
      (.utf8, .utf16BigEndian), (.utf16LittleEndian, .utf16BigEndian), (.utf16BigEndian, .utf16LittleEndian):
      return .garbled
    // Not one of the lines with letters beyond ASCII is UTF-8.
    case (.utf8, .windows1252): return .garbled
    default: return .fits
    }
  }
}
