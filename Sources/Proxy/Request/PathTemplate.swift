/// The shape of a path, for the records: a segment that could name somebody or something becomes `{id}` (K25).
enum PathTemplate {
  /// Only words and versions stay: letters with `-`, `_`, `.` or `:` between them, and `v1`, `v2`.
  static func of(_ path: String) -> String {
    if path.utf8.split(separator: UInt8(ascii: "/")).allSatisfy({ isWord($0) }) { return path }
    return path.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0.isEmpty || isWord($0.utf8) ? String($0) : "{id}" }.joined(separator: "/")
  }

  private static func isWord(_ segment: Substring.UTF8View) -> Bool {
    if segment.first == UInt8(ascii: "v"), (2...3).contains(segment.count), segment.dropFirst().allSatisfy(isDigit) {
      return true
    }
    return segment.count <= 40 && segment.allSatisfy { isLetter($0) || "-_.:".utf8.contains($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
