import Synchronization
import Wire

/// How often, and how many at once, addresses are asked that nobody has confirmed yet: they may be strangers'.
///
/// Counted in memory, as calls are: a process that starts begins anew.
final class HookQuestions: Sendable {
  private let counts = CallMeter()
  private let underWay = CallsUnderWay(most: HookPolicy.mostQuestionsAtOnce)

  /// Takes a place among the questions, before anything is written for this one.
  ///
  /// - Throws: ``ContactFault/tooMany(_:retryAfter:)`` where the approval, its tenant or all have asked as much as they may.
  func enter(_ caller: Caller, at now: Timestamp) throws(ContactFault) -> QuestionPlace {
    guard let place = QuestionPlace(among: underWay, of: caller.tenantID) else {
      throw .tooMany(
        "Too many addresses of hooks are being asked already; try again in a moment",
        retryAfter: HookPolicy.questionPause)
    }
    let call = counts.take(
      client: caller.grantID, tenant: caller.tenantID,
      (app: HookPolicy.questions, tenant: HookPolicy.questionsOfTenant), at: now)
    if let refusal = call.refusal {
      throw .tooMany(
        "Addresses of hooks are asked at most \(refusal.limit) times a \(refusal.span); try again later",
        retryAfter: refusal.seconds)
    }
    return place
  }
}

/// A place among the questions that are under way; it is free again when nobody holds it any more.
final class QuestionPlace: Sendable {
  private let underWay: CallsUnderWay
  private let tenant: Int64

  /// Nil where there is none.
  fileprivate init?(among underWay: CallsUnderWay, of tenant: Int64) {
    guard underWay.take(tenant) else { return nil }
    self.underWay = underWay
    self.tenant = tenant
  }

  deinit { underWay.leave(tenant) }
}
