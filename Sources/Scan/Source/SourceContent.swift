/// What a file is to the scan.
package enum SourceContent: Equatable, Sendable {
  case calls(SourceCalls)
  /// The source of an SDK itself, which is replaced as a whole and is no call of its owner's.
  ///
  /// `fields` is what a class of it asks for of a table.
  case copy(of: String, fields: SDKFields.List? = nil)
  case binary

  /// - Parameter path: its name and folders, by which some SDKs are known.
  package static func of(_ bytes: [UInt8], _ language: Language, path: String) -> SourceContent {
    guard !bytes.prefix(8192).contains(0) else { return .binary }
    let source = SourceText(withLineFeeds(bytes), language)
    guard let name = SDKCopy.name(byPath: path) ?? SDKCopy.name(of: source) else {
      return .calls(CallFinder.calls(in: source))
    }
    return .copy(of: name, fields: SDKFields.list(in: source))
  }

  /// Lines that end as on a Mac of long ago, by a carriage return alone, end as elsewhere.
  private static func withLineFeeds(_ bytes: [UInt8]) -> [UInt8] {
    let lineFeed = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
    guard !bytes.contains(lineFeed), bytes.contains(carriageReturn) else { return bytes }
    return bytes.map { $0 == carriageReturn ? lineFeed : $0 }
  }
}
