/// A language that code is written in.
package enum Language: String, CaseIterable, Sendable {
  case php = "PHP"
  case python = "Python"
  case ruby = "Ruby"
  case perl = "Perl"
  case cSharp = "C#"
  case visualBasic = "Visual Basic"
  case coldFusion = "ColdFusion"
  case javaScript = "JavaScript"
  case java = "Java"
  case go = "Go"
  case xml = "XML"

  private static let endings: [(Language, String)] = [
    (.php, "php php3 php4 php5 php7 phtml inc module install theme profile html htm"), (.python, "py pyw"),
    (.ruby, "rb rake ru"), (.perl, "pl pm cgi"), (.cSharp, "cs csx"), (.visualBasic, "vb"),
    (.coldFusion, "cfm cfc cfml"), (.javaScript, "js mjs cjs jsx ts tsx vue"),
    (.java, "java kt scala groovy"), (.go, "go"), (.xml, "xml"),
  ]

  private static let byEnding: [String: Language] = {
    var table: [String: Language] = [:]
    for (language, names) in endings {
      for name in names.split(separator: " ") { table[String(name)] = language }
    }
    return table
  }()

  /// The language of a file by the ending of its name.
  package static func named(_ path: String) -> Language? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
    return byEnding[name[name.index(after: dot)...].lowercased()]
  }

  private static let interpreters: [(word: String, language: Language)] = [
    ("php", .php), ("python", .python), ("ruby", .ruby), ("perl", .perl), ("node", .javaScript),
  ]

  /// The language of a file by how it begins: a program's first line, or PHP's opening tag.
  package static func told(by bytes: [UInt8]) -> Language? {
    let first = TokenList.text(bytes.prefix { $0 != UInt8(ascii: "\n") }.prefix(200))
    if first.hasPrefix("#!") {
      return interpreters.first { first.contains($0.word) }?.language
    }
    return first.hasPrefix("<?php") ? .php : nil
  }

  /// What stands between a thing and its member.
  var memberSigns: [String] {
    switch self {
    case .php: ["->", "::"]
    case .perl: ["->"]
    default: ["."]
    }
  }
}

/// How a language other than PHP spells comments and strings.
struct Syntax {
  /// What is between quotes.
  struct Quotes {
    enum Extent {
      /// A quote that does not close in its line was none.
      case line
      /// Several lines only for what begins as XML does: elsewhere the quote may be a pattern's.
      case markup
      case lines
    }

    var open: StaticString
    var close: StaticString
    /// Whether a backslash takes the next character for text; else a doubled quote is one.
    var escapes = true
    var extent = Extent.line
    /// What begins a part that is put in when the program runs.
    var hole: StaticString?
  }

  /// Comments up to the end of the line.
  var comments: [StaticString] = []
  var blocks: [(open: StaticString, close: StaticString)] = []
  /// Comments from a line that begins so to one that begins so.
  var lineBlocks: (open: StaticString, close: StaticString)?
  /// The first that fits counts.
  var quotes: [Quotes] = []
  var sigils: StaticString = ""
  /// Whether `::` is a part of a name.
  var joinsNames = false
  /// Whether `<<NAME` begins a text that ends at a line with that name.
  var hasHeredocs = false
  /// Whether `:name` is a string.
  var hasSymbols = false
  /// Whether a pattern stands between slashes.
  var hasPatterns = false

  private static let single = Quotes(open: "'", close: "'")
  private static let double = Quotes(open: "\"", close: "\"")

  static func of(_ language: Language) -> Syntax {
    switch language {
    case .python:
      Syntax(
        comments: ["#"],
        quotes: [
          Quotes(open: "f\"\"\"", close: "\"\"\"", extent: .lines, hole: "{"),
          Quotes(open: "f'''", close: "'''", extent: .lines, hole: "{"),
          Quotes(open: "\"\"\"", close: "\"\"\"", extent: .lines),
          Quotes(open: "'''", close: "'''", extent: .lines),
          Quotes(open: "f\"", close: "\"", hole: "{"), Quotes(open: "f'", close: "'", hole: "{"), double, single,
        ])
    case .ruby:
      Syntax(
        comments: ["#"], lineBlocks: ("=begin", "=end"),
        quotes: [
          Quotes(open: "\"", close: "\"", extent: .markup, hole: "#{"),
          Quotes(open: "'", close: "'", extent: .markup),
        ],
        sigils: "@$", joinsNames: true, hasHeredocs: true, hasSymbols: true, hasPatterns: true)
    case .perl:
      Syntax(
        comments: ["#"], lineBlocks: ("=", "=cut"),
        quotes: [
          Quotes(open: "\"", close: "\"", extent: .markup, hole: "$"), Quotes(open: "'", close: "'", extent: .markup),
        ],
        sigils: "$@%", joinsNames: true, hasHeredocs: true, hasPatterns: true)
    case .cSharp:
      Syntax(
        comments: ["//"], blocks: [("/*", "*/")],
        quotes: [
          Quotes(open: "$@\"", close: "\"", escapes: false, extent: .lines, hole: "{"),
          Quotes(open: "@\"", close: "\"", escapes: false, extent: .lines),
          Quotes(open: "\"\"\"", close: "\"\"\"", escapes: false, extent: .lines),
          Quotes(open: "$\"", close: "\"", hole: "{"), double, single,
        ])
    case .visualBasic:
      Syntax(comments: ["'"], quotes: [Quotes(open: "\"", close: "\"", escapes: false)])
    case .coldFusion:
      Syntax(
        comments: ["//"], blocks: [("<!---", "--->"), ("<!--", "-->"), ("/*", "*/")],
        quotes: [Quotes(open: "\"", close: "\"", escapes: false), Quotes(open: "'", close: "'", escapes: false)])
    case .javaScript:
      Syntax(
        comments: ["//"], blocks: [("/*", "*/")],
        quotes: [Quotes(open: "`", close: "`", extent: .lines, hole: "${"), double, single], hasPatterns: true)
    case .java:
      Syntax(
        comments: ["//"], blocks: [("/*", "*/")],
        quotes: [Quotes(open: "\"\"\"", close: "\"\"\"", extent: .lines), double, single])
    case .go:
      Syntax(
        comments: ["//"], blocks: [("/*", "*/")],
        quotes: [Quotes(open: "`", close: "`", escapes: false, extent: .lines), double, single])
    case .xml, .php: Syntax(blocks: [("<!--", "-->")])
    }
  }
}
