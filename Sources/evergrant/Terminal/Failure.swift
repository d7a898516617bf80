import ArgumentParser
import Keeper

/// How a command ends that has not done what was asked: in words for a person, and as data for a program.
struct Failure: Encodable {
  struct Problem: Encodable {
    var code: String
    var message: String
  }

  /// What a program gets on standard output, where it asked for JSON.
  var error: Problem
  /// What a person gets on standard error.
  let text: String
  let status: ExitStatus

  private enum CodingKeys: CodingKey { case error }

  /// - Parameter isUsage: whether the parser has refused the command line.
  init(_ error: any Error, isUsage: Bool, _ arguments: [String]) async {
    if let unknown = error as? CommandNames.Unknown {
      status = .usage
      text = "Error: \(unknown)\n\(HelpText.fitted(unknown.usage))"
      self.error = Problem(code: "usage", message: "\(unknown)")
    } else if isUsage {
      status = .usage
      text = HelpText.fitted(Evergrant.fullMessage(for: error))
      self.error = Problem(code: "usage", message: Evergrant.message(for: error))
    } else {
      status = ExitStatus(error)
      let known = error as? KeeperError
      let meant = await known?.meant(in: arguments)
      let message = known?.words(meant: meant) ?? "\(error)"
      text = "evergrant: " + message
      self.error = Problem(code: known?.code ?? status.code, message: message)
    }
  }
}

extension ExitStatus {
  /// One word for a program; a reader takes one that it does not know for `failed`.
  var code: String {
    switch self {
    case .failed: "failed"
    case .usage: "usage"
    case .notAll: "not_all"
    case .personNeeded: "person_needed"
    case .providerDown: "provider_down"
    case .denied: "denied"
    }
  }
}

extension KeeperError {
  fileprivate var code: String {
    switch self {
    case .noSuchClient: "no_such_client"
    case .noSuchProvider: "no_such_provider"
    case .noSuchConnection: "no_such_connection"
    case .noSuchKey: "no_such_key"
    case .noSuchChannel: "no_such_channel"
    case .alreadyThere, .keyNameTaken: "already_there"
    case .clientRefused: "client_refused"
    case .kept: "kept"
    case .refused: "refused"
    }
  }
}
