/// How the length of a body is told.
enum BodyFraming: Equatable {
  case none
  case length(Int)
  case chunked
}

/// The fields of one head that tell its body's length: one `Content-Length` in digits, or `chunked` once, and never both. Two
/// programs could read any other head differently (RFC 9112 section 6.3), so that it is refused (K32).
struct FramingFields {
  private var length: Int?
  private var isChunked = false

  /// - Returns: false where the head is to be refused.
  mutating func takeLength(_ value: String) -> Bool {
    guard length == nil, !isChunked, let number = Int(digits: value) else { return false }
    length = number
    return true
  }

  /// - Returns: false where the head is to be refused.
  mutating func takeEncoding(_ value: String) -> Bool {
    guard !isChunked, length == nil, value.equalsIgnoringCase("chunked") else { return false }
    isChunked = true
    return true
  }

  var framing: BodyFraming { isChunked ? .chunked : length.map(BodyFraming.length) ?? .none }
}
