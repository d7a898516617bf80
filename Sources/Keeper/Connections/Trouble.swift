import Wire

/// Why a connection is not refreshed, or not served, for now; it goes by itself or when somebody does something about it.
///
/// Stored as it is and worded where it is shown.
package enum Trouble: StoredFact, Hashable {
  /// No byte of a refresh left this machine.
  case unreachable(because: String)
  /// The token endpoint has answered that it does nothing now.
  case unavailable(words: String)
  /// The provider has asked for a pause, whose end nobody here may put forward (K19).
  case throttled
  /// This process came too late to send what it had claimed (K9).
  case heldUp
  /// The token was presented, and no answer that counts came (K12).
  case answerLost(because: String)
  /// The provider has switched it off, and says that its approval stands (K7).
  case suspended(words: String)
  /// A fault of our own has ended the flight.
  case fault(words: String)
  /// The API refuses an access token that nobody can renew.
  case accessRefused
  /// The sentence of an earlier version, for which there is no other case.
  case told(String)
}

/// Why a grant is lost, so that a person must approve again.
package enum Loss: StoredFact, Hashable {
  /// The token had been presented before, and that answer never came (K13).
  case answerLost(at: Timestamp, words: String)
  /// The provider refuses the newest token, and nothing was in doubt (K14).
  case refused(words: String)
  case told(String)
}

/// Why a row may be older than what its provider has given out (K28).
package enum StaleCause: StoredFact, Hashable {
  case noWitness
  case witnessUnreadable
  /// The witness belongs to another database.
  case foreignWitness
  /// So many refreshes that the witness has counted are missing in the database.
  case behindWitness(refreshes: Int64)
  /// The same by what is known outside the data folder.
  case behindMachine(refreshes: Int64)
  /// A running process remembers newer tokens.
  case behindMemory
  /// It holds an older token than one that was spent.
  case behindSpent
  /// Another machine has worked on this data before.
  case otherMachine
  /// A backup was restored, by that name.
  case restored(backup: String)
  /// It was kept from data that was replaced, and that was stale itself.
  indirect case keptFrom(StaleCause)
  case told(String)
}

/// Why nothing is sent with a client until its credentials are set anew.
package enum ClientStop: StoredFact, Hashable {
  /// The provider does not accept its id and secret.
  case refused(words: String)
  /// Its grants are refused since another app was set behind its name (K7).
  case appReplaced(words: String)
  /// Its grants are refused, as the provider also does for a wrong secret; the connection is the one refused last (K7).
  case secretDoubted(words: String, connection: String)
  /// There is no entry for its provider, or its address is missing. Never stored: the entry may come back.
  case noEntry(provider: String)
  case told(String)
}
