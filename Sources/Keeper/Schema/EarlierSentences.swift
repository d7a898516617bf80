import Store
import Wire

/// Reads the sentences that stood in the store up to its schema 9, once, and writes down what they meant.
enum EarlierSentences {
  static func rewrite(_ db: any Transaction) throws {
    for (table, column, fact) in columns {
      for row in try db.rows("SELECT name, \(column) AS sentence FROM \(table) WHERE \(column) IS NOT NULL") {
        try db.execute(
          "UPDATE \(table) SET \(column) = $2 WHERE name = $1", try row["name"] as String, fact(try row["sentence"]))
      }
    }
  }

  private static let columns: [(table: String, column: String, fact: @Sendable (String) -> Value)] = [
    ("connections", "reason", { loss($0).stored }), ("connections", "trouble", { trouble($0).stored }),
    ("connections", "quarantine", { staleCause($0).stored }), ("clients", "stopped", { clientStop($0).stored }),
  ]

  static func trouble(_ sentence: String) -> Trouble {
    switch sentence {
    case "the token endpoint asks for a pause": return .throttled
    case "this machine was too slow to begin in time": return .heldUp
    case "the API does not accept its access token any more, and there is no refresh token to get another with":
      return .accessRefused
    default: break
    }
    if let words = part(of: sentence, "the token endpoint cannot be reached (", ")") {
      return .unreachable(because: words)
    }
    if let words = part(of: sentence, "the token endpoint is not available (", ")") {
      return .unavailable(words: words)
    }
    if let words = part(of: sentence, "the answer to a refresh was lost: ", "") { return .answerLost(because: words) }
    if let words = part(of: sentence, "a fault of Evergrant's own ended its refresh (", ")") {
      return .fault(words: words)
    }
    // The provider's title stands before it.
    if let found = sentence.firstRange(of: " has switched it off for now, and says that the approval stands ("),
      sentence.hasSuffix(")")
    {
      return .suspended(words: String(sentence[found.upperBound...].dropLast()))
    }
    return .told(sentence)
  }

  static func loss(_ sentence: String) -> Loss {
    if let words = part(
      of: sentence, "the provider refuses the grant (",
      "), although its token is the newest and no answer was lost: it was revoked there, or another program holds this grant"
    ) {
      return .refused(words: words)
    }
    // `2026-11-23 16:00:00 UTC` stands where the moment does.
    if let rest = part(of: sentence, "answer lost at ", ")"),
      let at = ISO8601.milliseconds(rest.prefix(19).replacing(" ", with: "T") + "Z"),
      let words = part(
        of: String(rest.dropFirst(23)),
        ": the answer to that refresh was lost, and the provider no longer accepts its token (", "")
    {
      return .answerLost(at: Timestamp(milliseconds: at), words: words)
    }
    return .told(sentence)
  }

  static func staleCause(_ sentence: String) -> StaleCause {
    switch sentence {
    case "there is no witness beside the database, so it may be an old one": return .noWitness
    case "the witness cannot be read, so the database may be an old one": return .witnessUnreadable
    case "the witness belongs to another database": return .foreignWitness
    case "a running process remembers newer tokens than the database has": return .behindMemory
    case "it holds an older token than one that was spent": return .behindSpent
    case "another machine has worked on this data before, and may have gone on with it": return .otherMachine
    default: break
    }
    if let rest = part(of: sentence, "the data that it was kept from is an old one too: ", "") {
      return .keptFrom(staleCause(rest))
    }
    if let backup = part(of: sentence, "it was restored from the backup ", "") { return .restored(backup: backup) }
    if let count = part(of: sentence, "the database is older than its witness: ", " refreshes are missing in it")
      .flatMap({ Int64($0) })
    {
      return .behindWitness(refreshes: count)
    }
    if let count = part(
      of: sentence, "the data folder is an old one, or has a double that works: ",
      " refreshes are known of outside it that are missing in it"
    ).flatMap({ Int64($0) }) {
      return .behindMachine(refreshes: count)
    }
    return .told(sentence)
  }

  static func clientStop(_ sentence: String) -> ClientStop {
    if let words = part(of: sentence, "the provider does not accept the client's id and secret (", ")") {
      return .refused(words: words)
    }
    if let words = part(
      of: sentence, "the provider refuses its tokens (",
      ") since another app was set, and a grant counts for the app that it was given to. Set the app of before again, or "
        + "have its connections approved anew with evergrant reconnect")
    {
      return .appReplaced(words: words)
    }
    let doubted =
      "), which it also does for a wrong client secret. If the secret is right, an approval has ended: evergrant reconnect "
    if let found = sentence.firstRange(of: doubted),
      let words = part(of: String(sentence[..<found.lowerBound]), "the provider refuses its tokens (", "")
    {
      return .secretDoubted(words: words, connection: String(sentence[found.upperBound...]))
    }
    return .told(sentence)
  }

  /// What stands between a beginning and an end.
  private static func part(of sentence: String, _ beginning: String, _ end: String) -> String? {
    guard sentence.count >= beginning.count + end.count, sentence.hasPrefix(beginning), sentence.hasSuffix(end) else {
      return nil
    }
    return String(sentence.dropFirst(beginning.count).dropLast(end.count))
  }
}
