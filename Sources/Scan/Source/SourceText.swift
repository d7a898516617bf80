/// A source in tokens, with its brackets paired.
struct SourceText {
  let language: Language
  let tokens: [Token]
  let hints: [ClassHint]
  /// For a bracket the index of the one that closes or opens it; where none does, and for others, the number of tokens.
  private(set) var partner: [Int]
  /// For each token the index of the bracket that it stands in; -1 outside of all.
  private(set) var outer: [Int]

  init(_ bytes: [UInt8], _ language: Language) {
    self.language = language
    (tokens, hints) =
      language == .php ? PHPLexer.tokens(of: bytes) : (LightLexer.tokens(of: bytes, in: language), [])
    partner = Array(repeating: tokens.count, count: tokens.count)
    outer = Array(repeating: -1, count: tokens.count)
    var open: [Int] = []
    for (index, token) in tokens.enumerated() {
      outer[index] = open.last ?? -1
      guard token.kind == .symbol else { continue }
      switch token.text {
      case "(", "[", "{": open.append(index)
      case ")", "]", "}":
        // Brackets that nobody has closed before it count for nothing; so many are looked through, and no more.
        let wanted = token.text == ")" ? "(" : token.text == "]" ? "[" : "{"
        guard let match = open.suffix(8).lastIndex(where: { tokens[$0].text == wanted }) else { continue }
        partner[open[match]] = index
        partner[index] = open[match]
        outer[index] = match > 0 ? open[match - 1] : -1
        open.removeSubrange(match...)
      default: break
      }
    }
  }

  var count: Int { tokens.count }

  /// The token there, or nothing of any kind outside.
  subscript(_ index: Int) -> Token {
    tokens.indices.contains(index) ? tokens[index] : Token(kind: .symbol, line: 0, column: 0, text: "")
  }

  func isSymbol(_ text: StaticString, at index: Int) -> Bool { self[index].isSymbol(text) }

  /// Whether a bracket opens here.
  func opens(_ index: Int) -> Bool { isSymbol("(", at: index) || isSymbol("[", at: index) || isSymbol("{", at: index) }

  /// The bracket that opens a list of PHP and other languages.
  func openOfList(at index: Int) -> Int? {
    if isSymbol("[", at: index) { return index }
    let isArray = self[index].kind == .word && self[index].text.lowercased() == "array"
    return isArray && isSymbol("(", at: index + 1) ? index + 1 : nil
  }

  /// Whether a member is named behind this token.
  func isMemberSign(at index: Int) -> Bool {
    self[index].kind == .symbol && language.memberSigns.contains(self[index].text)
  }
}
