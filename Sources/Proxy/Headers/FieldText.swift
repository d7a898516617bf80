extension String {
  /// Whether a field's value is the bytes that came. The parser puts U+FFFD where they are not UTF-8; what would go on as other
  /// bytes does not pass (K32).
  var isAsItCame: Bool { !utf8.contains(0xEF) || !unicodeScalars.contains("\u{FFFD}") }
}
