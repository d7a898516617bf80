import Foundation
import OAuth
import Wire

/// Questions on a terminal: each says what its answer is for, and is asked again until the answer can be used.
struct Dialogue {
  private static let tries = 5
  /// Whether nobody is asked: what the command line does not answer is then an error.
  var isUnattended = false

  /// - Parameters:
  ///   - flag: what gives the answer on the command line, and `given` what it gave.
  ///   - usual: what an empty answer stands for.
  ///   - check: throws a sentence where the answer cannot be used.
  func ask(
    _ what: String, flag: String, given: String?, because reason: String, usual: String? = nil,
    check: (String) throws -> Void = { _ in }
  ) throws -> String {
    func checked(_ text: String) throws -> String {
      let answer = Self.cleaned(text)
      if answer.isEmpty, let usual { return usual }
      guard !answer.isEmpty else { throw Denied("Nothing was given, and it is needed.") }
      guard !answer.contains(where: \.isWhitespace) else {
        throw Denied("There is a blank in it, so it was not copied as it is.")
      }
      try check(answer)
      return answer
    }
    if let given { return try answered(flag) { try checked(given) } }
    if isUnattended, let usual { return usual }
    try requireSomebody(flag)
    return try repeated(what, reason) {
      prompt(what + (usual.map { " [\($0)]" } ?? ""))
      return try checked(try line())
    }
  }

  /// An answer that is not shown while it is typed, or that is in a file.
  func askSecret(_ what: String, flag: String, given file: String?, because reason: String) throws -> Secret {
    func read() throws -> Secret {
      let answer = Self.cleaned(try SecretInput.read(file: file, prompt: what).exposed)
      guard !answer.isEmpty else { throw Denied("Nothing was given, and it is needed.") }
      guard answer.isVisibleASCII else {
        throw Denied("There is a blank or another letter in it that no secret has, so it was not copied as it is.")
      }
      return Secret(answer)
    }
    if file != nil { return try answered(flag, read) }
    try requireSomebody(flag)
    return try repeated(what, reason, read)
  }

  private func answered<Answer>(_ flag: String, _ body: () throws -> Answer) throws -> Answer {
    do { return try body() } catch { throw Denied("\(flag) cannot be used: \(error)") }
  }

  private func requireSomebody(_ flag: String) throws {
    guard !isUnattended else { throw Denied("With --yes nobody is asked: say \(flag).", status: .usage) }
  }

  /// - Parameter unasked: the answer where nobody is asked.
  func confirm(_ question: String, usual: Bool, unasked: Bool) throws -> Bool {
    if isUnattended { return unasked }
    return try repeated(nil, nil) {
      prompt(question + (usual ? " [Y/n]" : " [y/N]"))
      switch Self.cleaned(try line()).lowercased() {
      case "": return usual
      case "y", "yes": return true
      case "n", "no": return false
      default: throw Denied("Answer y or n.")
      }
    }
  }

  private func repeated<Answer>(_ what: String?, _ reason: String?, _ body: () throws -> Answer) throws -> Answer {
    if let reason { say(Paragraph.wrapped(reason, head: "   ", indentation: 3)) }
    for _ in 1...Self.tries {
      do { return try body() } catch let end as InputEnded { throw end } catch {
        say(Paragraph.wrapped("\(error)", head: "   ", indentation: 3))
      }
    }
    throw Denied(
      "\(Self.tries) answers\(what.map { " to “\($0)”" } ?? "") could not be used. Run the same command again: what is done stays done."
    )
  }

  /// Nobody is there any more to answer.
  struct InputEnded: Error, CustomStringConvertible {
    var description: String {
      "The answers ended before all was asked. Run the same command again, at a terminal or with the answers as options: what "
        + "is done stays done."
    }
  }

  private func line() throws -> String {
    guard let line = readLine() else { throw InputEnded() }
    return line
  }

  private func prompt(_ text: String) { FileHandle.standardError.write(Data("   \(text): ".utf8)) }

  /// Without what comes along when one copies from a page or a letter.
  static func cleaned(_ answer: String) -> String {
    answer.trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: "\"'“”‘’`<>")))
  }
}
