import Mustache
import Wire

/// Text as HTML has it, in an element and in a quoted attribute. The templates' own escaping goes by characters, and lets a quote
/// through that has a combining mark behind it.
struct HTMLText: MustacheContentType {
  /// The name by which a template asks for it.
  static let name = "PAGE"

  static let entities: [Unicode.Scalar: String] = [
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
  ]

  func escapeText(_ text: String) -> String { text.spelling(Self.entities) }
}
