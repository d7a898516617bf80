extension KeptApproval {
  /// That it is not lost, why it is not stored, and who finishes it.
  package var words: String {
    switch cause {
    case .tooLate:
      "The approval for \(connection) was not stored in time: its access token has ended, so nobody can be asked any more "
        + "who gave it. Have it approved anew: evergrant reconnect \(connection)"
    case .notNow(let reason):
      "The approval for \(connection) is kept, and not stored yet: \(reason) It is finished by itself while evergrant serve "
        + "runs. Look with: evergrant status \(connection)"
    }
  }
}
