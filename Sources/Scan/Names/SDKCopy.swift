/// The source of an SDK, in whatever folder it was put.
enum SDKCopy {
  private static let official = "the official PHP SDK"
  private static let novak = "Novak's PHP SDK"
  private static let iSDK = "the iSDK class"
  private static let gem = "the Ruby gem infusionsoft"

  private static let paths: [(part: String, name: String)] = [
    ("infusionsoft/php-sdk/", official), ("novaksolutions/infusionsoft-php-sdk/", novak), ("gems/infusionsoft-", gem),
  ]

  /// So many methods of the iSDK class make a file a copy of it, whatever its class is called.
  private static let leastMethods = 12

  static func name(byPath path: String) -> String? { paths.first { ("/" + path).contains("/" + $0.part) }?.name }

  static func name(of source: SourceText) -> String? {
    var methods = 0, isGem = false, isPython = false, hasProxy = false
    for index in 0..<source.count where source[index].kind == .word && source[index + 1].kind == .word {
      let name = source[index + 1].text
      switch (source.language, source[index].text.lowercased()) {
      case (.php, "namespace"): if isOfficial(name.lowercased()) { return official }
      case (.php, "class"):
        if name.lowercased() == "isdk" { return iSDK }
        if isNovak(name) { return novak }
      case (.php, "function"): if ClassMethods.iSDK[name.lowercased()] != nil { methods += 1 }
      case (.cSharp, "namespace"): if name == "InfusionSoft" { return "InfusionSoft.NET" }
      case (.ruby, "module"): isGem = isGem || name == "Infusionsoft"
      case (.ruby, "def"): if isGem, ClassMethods.gem[name] != nil { return gem }
      case (.python, "class"): isPython = isPython || name == "Infusionsoft"
      case (.python, "import"): hasProxy = hasProxy || name == "ServerProxy"
      default: break
      }
    }
    if isPython, hasProxy { return "Keap's Python library" }
    return methods >= leastMethods ? iSDK : nil
  }

  private static func isOfficial(_ namespace: String) -> Bool {
    namespace == "infusionsoft"
      || ["api", "http", "frameworksupport"].contains { namespace.hasPrefix("infusionsoft\\" + $0) }
  }

  private static func isNovak(_ name: String) -> Bool {
    guard name.hasPrefix("Infusionsoft_") else { return false }
    let rest = name.dropFirst("Infusionsoft_".count)
    return Services.named(rest.hasSuffix("Base") ? rest.dropLast(4) : rest) != nil || rest.hasPrefix("Generated_")
      || rest == "App" || rest == "AppPool" || rest == "Service" || Verdict.tables[rest.lowercased()] != nil
  }
}
