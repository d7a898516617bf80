import Contacts
import Store
import Wire

/// The place of a page's last entry in its list: the value that the list is sorted by, and the entry's number.
struct ListPlace {
  var value: Value
  var id: Int64

  init(_ row: Row, isText: Bool) throws {
    value = isText ? .text(try row["place"]) : .integer(try row["place"])
    id = try row["id"]
  }

  /// Reads a token: base64url of the number, a space, a letter for the kind, and the value.
  init?(_ token: String) {
    guard let bytes = Base64URL.decode(token), let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let id = Int64(parts[0]), let kind = parts[1].first else { return nil }
    let rest = String(parts[1].dropFirst())
    switch kind {
    case "t": value = .text(rest)
    case "i":
      guard let number = Int64(rest) else { return nil }
      value = .integer(number)
    default: return nil
    }
    self.id = id
  }

  var token: String {
    let text =
      switch value {
      case .text(let text): "\(id) t\(text)"
      case .integer(let number): "\(id) i\(number)"
      default: "\(id)"
      }
    return Base64URL.encode(text.utf8)
  }

  func fits(isText: Bool) -> Bool {
    // A store takes no text with a NUL, and has given none.
    if case .text(let text) = value { isText && !text.utf8.contains(0) } else { !isText }
  }
}
