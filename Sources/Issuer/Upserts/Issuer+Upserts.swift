import Contacts
import Wire

/// What our own routes ask of upserts.
package struct UpsertOrder: Sendable {
  package var rule: MatchRule
  /// Says what would become of the contacts, and writes nothing.
  package var isDryRun: Bool
  /// What the request names itself by; a dry run is carried out each time.
  package var request: RepeatableRequest?

  package init(rule: MatchRule, isDryRun: Bool = false, request: RepeatableRequest? = nil) {
    self.rule = rule
    self.isDryRun = isDryRun
    self.request = request
  }
}

extension Issuer {
  /// Adds each contact, or changes the one that it matches, all in one transaction. What is refused or stands for no one contact
  /// spoils nothing beside it (law P45).
  ///
  /// - Parameters:
  ///   - items: at most ``UpsertItem/most``.
  ///   - answer: builds the answer, which is what the same request gets when it is sent again.
  package func upsertContacts(
    _ items: [UpsertItem], _ order: UpsertOrder, check: @escaping ContactCheck, by caller: Caller,
    answer: @escaping @Sendable ([ItemOutcome]) -> KeptAnswer
  ) async throws(ContactFault) -> KeptAnswer {
    let drafts = items.map { UpsertDraft(beforehand: $0, match: order.rule, check) }
    let act: @Sendable (TenantContacts) throws -> KeptAnswer = { shelf in
      var run = UpsertRun(shelf, match: order.rule, check: check, isDryRun: order.isDryRun)
      return answer(try run.outcomes(of: items, drafts))
    }
    let line = items.count > 1 ? batches : nil
    guard order.isDryRun else { return try await writingOnce(order.request, caller, in: line, act) }
    try await line?.enter(caller.tenantID)
    defer { line?.leave() }
    return try await reading(caller, act)
  }
}
