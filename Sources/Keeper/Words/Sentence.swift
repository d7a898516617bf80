extension String {
  /// Words that stand alone: with a capital letter, and a full stop unless they have one.
  package var sentence: String { prefix(1).uppercased() + dropFirst() + (last == "." ? "" : ".") }
}
