/// The encodings that a document may come in.
enum DocumentEncoding {
  case utf8
  /// What is sent under the name of ISO-8859-1 too.
  case windows1252

  /// - Parameter name: as a declaration has it, in either case.
  init?(named name: String) {
    switch name.lowercased() {
    case "utf-8", "us-ascii", "ascii": self = .utf8
    case "iso-8859-1", "latin1", "windows-1252": self = .windows1252
    default: return nil
    }
  }
}
