import Keeper
import Wire

/// The issuer's laws of rotation, told again from its rows alone (P17 to P20, P29): each answer of the token endpoint is
/// compared with the row before and after it.
struct IssuerRules: Sendable {
  /// A grant, and which of its refresh tokens was shown.
  struct Facts: Sendable {
    var grant: String
    var shown: Int64
    var generation: Int64
    var rotatedAt: Timestamp
    var confirmedAt: Timestamp?
    var now: Timestamp
    var endedBy: String?
    /// Whether somebody who stands by it is switched off at present.
    var isSuspended: Bool
    /// How often the issuer has told of a reuse.
    var reuses: Int64

    /// Whether the token just replaced still gets its successor (P17).
    var isForgiven: Bool {
      shown == generation - 1 && (confirmedAt.map { now - $0 <= .seconds(180) } ?? true)
    }
  }

  var violated: @Sendable (String, String) -> Void

  func judge(_ answer: TokenEndpointAnswer, _ before: Facts, _ after: Facts) {
    guard case .answer(let whole) = answer else { return }
    let isGranted = whole.status == 200, isRefused = whole.status == 400
    let isTold = after.reuses > before.reuses, age = before.generation - before.shown
    let words = "generation \(before.shown) of \(before.generation) was answered with \(whole.status)"
    if before.endedBy != nil {
      if isGranted { violated("P29", "a grant that had ended: \(words)") }
      return
    }
    if after.generation > before.generation + 1 || (age > 0 && after.generation != before.generation) {
      violated("P18", "\(words), and \(after.generation) is the newest now")
    }
    if age == 1, before.isForgiven, isTold { violated("P17", "\(words), and was taken for theft") }
    if age == 1, before.isForgiven, isGranted, after.generation != before.generation {
      violated("P17", "\(words), and not with the successor that it had")
    }
    if age == 0 || before.isForgiven, !before.isSuspended, isRefused,
      String(decoding: whole.body, as: UTF8.self).contains("invalid_grant")
    {
      violated("P17", "\(words), although its grant stands")
    }
    if age == 1, !before.isForgiven, isGranted { violated("P19", words) }
    if age > 1, isGranted { violated("P20", words) }
    let isRecent = after.now - before.rotatedAt <= .seconds(180)
    if age > 1, isRecent, isTold {
      violated("P20", "\(words) within 180 s of the newest rotation, and taken for theft")
    }
    // Of what is switched off the issuer says so, whichever token is shown (P24).
    let isSwitchedOff = String(decoding: whole.body, as: UTF8.self).contains("access_denied")
    if age > 1, !isSwitchedOff, !isRecent, isRefused, !isTold, after.endedBy == nil, before.reuses == 0 {
      violated("P19", "\(words) long after the newest rotation, and nobody was told")
    }
  }
}
