/// What happens in a world besides that time passes. Each is counted where it took place.
package enum Incident: String, Sendable, CaseIterable {
  // Processes and their machine.
  case death, stop, reboot, clockStep
  // The store.
  case storeFails, storeLies, storeWaits, groupAborted, commitsLost
  // What stands beside it.
  case journalFails, journalTorn, witnessFails, witnessLost
  // An old state comes back: under running keepers, by the command, by hand, or the folder as a whole.
  case hotRestore, coldRestore, unannouncedRestore, folderRestore
  // What an operator does.
  case trustHeld, trustOffered, wrongTrust, rekey, rekeyEnded, takeOver, lateTakeOver, disconnect, pause, staticKey
  case wrongSecret, secretPutBack
  // What a provider does.
  case secretChangedThere, suspension, renewalWithoutToken, ambiguousRefusal, secondAnswer, spentTokenShown
  // What becomes of an approval.
  case approvalBroken, diedWhileApproving
  // What the network does.
  case notSent, lostRequest, lateRequest, doubled, lostAnswer, lateAnswer, cutAnswer, page, empty, gatewayBefore
  case gatewayAfter, throttled, throttledByDate, unexplained
  // What follows from it.
  case spareKept, quarantineChecked, answerStalled, lossTold
}
