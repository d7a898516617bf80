import Wire

/// The shape of a path, for the records: a segment that could name somebody or something becomes `{id}` (K25).
enum PathTemplate {
  /// Only words and versions stay: up to 40 letters, `-`, `_`, `.` and `:`, or a `v` with one or two digits.
  static func of(_ path: String) -> String {
    var path = path
    return path.withUTF8 { path in
      var shape: [UInt8] = []
      shape.reserveCapacity(path.count + 16)
      var start = path.startIndex
      while true {
        let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        if isWord(path[start..<end]) { shape += path[start..<end] } else { shape += "{id}".utf8 }
        guard end < path.endIndex else { return String(decoding: shape, as: UTF8.self) }
        shape.append(UInt8(ascii: "/"))
        start = end + 1
      }
    }
  }

  /// An empty segment is a word too, as it names nobody.
  private static func isWord(_ segment: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    if segment.first == UInt8(ascii: "v"), (2...3).contains(segment.count),
      segment.dropFirst().allSatisfy(\.isASCIIDigit)
    {
      return true
    }
    return segment.count <= 40 && segment.allSatisfy { $0.isASCIILetter || "-_.:".utf8.contains($0) }
  }
}
