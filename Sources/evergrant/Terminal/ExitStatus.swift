import Jobs
import Keeper

/// What a shell script can tell from `$?`.
enum ExitStatus: Int32 {
  case failed = 1
  case usage = 2
  /// Done, but not all is well: rows of a file were refused, calls in old code are not carried, or days of a rehearsal not held.
  case notAll = 3
  case personNeeded = 4
  case providerDown = 5
  /// A key does not allow what a job has asked for.
  case denied = 6

  init(_ error: any Error) {
    self =
      switch error {
      case TokenUnavailable.needsApproval, TokenUnavailable.paused: .personNeeded
      case let halt as ContactAPI.Halt: halt.needsPerson ? .personNeeded : halt.isDenied ? .denied : .failed
      case let refusal as Denied: refusal.status
      default: .failed
      }
  }
}

/// A failure in a sentence of its own.
struct Denied: Error, CustomStringConvertible {
  var description: String
  var status = ExitStatus.failed

  init(_ description: String, status: ExitStatus = .failed) {
    self.description = description
    self.status = status
  }
}
