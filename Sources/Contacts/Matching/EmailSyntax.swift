/// What an e-mail address has to look like before it is accepted: the practical part of RFC 5321 and RFC 6531.
/// Quoted local parts, address literals and names without a dot are valid there and are mistakes here.
package enum EmailSyntax {
  /// What is wrong with an address, as the end of a sentence; nil when it can be written to.
  package static func fault(in text: String) -> String? {
    guard text.utf8.count <= 254 else { return "is longer than 254 bytes" }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return "has no @" }
    guard parts.count == 2 else { return "has more than one @" }
    return localFault(parts[0]) ?? domainFault(parts[1])
  }

  private static func localFault(_ local: Substring) -> String? {
    if local.isEmpty { return "has nothing before the @" }
    if local.utf8.count > 64 { return "has more than 64 bytes before the @" }
    if local.hasPrefix(".") || local.hasSuffix(".") || local.contains("..") { return "has a misplaced dot" }
    let isFine = local.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        ? isLetterOrDigit(scalar) || ".!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar) : isText(scalar)
    }
    return isFine ? nil : "has a character before the @ that no address has"
  }

  private static func domainFault(_ domain: Substring) -> String? {
    if domain.isEmpty { return "has nothing behind the @" }
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    if labels.count < 2 { return "has a domain without a dot" }
    for label in labels {
      if label.isEmpty { return "has a misplaced dot" }
      if label.utf8.count > 63 { return "has a domain label longer than 63 bytes" }
      if label.hasPrefix("-") || label.hasSuffix("-") { return "has a misplaced hyphen" }
      let isFine = label.unicodeScalars.allSatisfy { $0.isASCII ? isLetterOrDigit($0) || $0 == "-" : isText($0) }
      if !isFine { return "has a character in its domain that no domain has" }
    }
    return nil
  }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
  }

  private static func isText(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
      false
    default: true
    }
  }
}
