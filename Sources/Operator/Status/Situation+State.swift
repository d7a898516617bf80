import Keeper

extension Situation {
  var state: ConnectionStatus.State {
    switch self {
    case .disconnected: .disconnected
    case .refused: .needsApproval
    case .quarantined: .quarantined
    case .clientStopped, .sealed, .answerLost, .putOff, .awaitsTurn, .suspended, .overdue, .clockDiffers, .rejected:
      .trouble
    }
  }
}
