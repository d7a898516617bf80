extension StringProtocol {
  /// The text with these scalars spelled as they must be where a quote or a wildcard would mean something else.
  ///
  /// With a combining mark behind it a quote is another `Character`, which no comparison of characters finds; to CSV, SQL, a
  /// shell and a browser it is the same quote as ever.
  package func spelling(_ spellings: [Unicode.Scalar: String]) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if let spelling = spellings[scalar] { text += spelling } else { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}
