import Contacts
import Wire

/// Why an act on contacts was not carried out.
package enum ContactFault: Error, Sendable, Equatable {
  /// There is no such contact in the caller's tenant.
  case notFound
  /// There is no such record of another kind in the caller's tenant.
  case missing(RelatedRecord)
  /// What there is stands against it, in words for the caller.
  case conflict(String)
  /// Another record of the kind has the name.
  case nameTaken(RelatedRecord)
  /// The record is in another state than the caller means (``RecordCondition``).
  case changed
  /// What the caller sent cannot stand, in words for the caller.
  case invalid(String)
  /// A request with this `Idempotency-Key` is being carried out.
  case keyInUse
  /// The `Idempotency-Key` was another request's.
  case keyTaken
  /// There is a bound for what the caller does, in words for the caller; from then on it may be asked again, in seconds.
  case tooMany(String, retryAfter: Int)
  /// The approval ended after the call was let in.
  case accessEnded
  case unavailable(retryAfter: Int)
}

/// A kind of record beside contacts, by Keap's noun.
package enum RelatedRecord: String, Sendable {
  case tag = "Tag"
  case tagCategory = "Tag Category"
  case company = "Company"
  case note = "Note"
  case task = "Task"
  case emailAddress = "Email Address"
  case linkType = "Contact Link Type"
  case link = "Contact Link"
  case hook = "Hook"
  case user = "User"
}

/// What a route checks of a whole contact before the contact is stored.
package typealias ContactCheck = @Sendable (Contact, ContactAct) throws(ContactRefusal) -> Void

package enum UpsertOutcome: String, Sendable {
  case created
  case updated
  /// The contact said all of it already: nothing was written.
  case unchanged
}

extension Issuer {
  /// Runs an act that changes contacts in one transaction, while the caller's approval lives (law P29), and with the record of
  /// the call (law P34).
  func writing<Result: Sendable>(
    _ caller: Caller, _ act: @escaping @Sendable (TenantContacts) throws -> Result
  ) async throws(ContactFault) -> Result {
    try await answeringFaults { [self] in
      let (result, record) = try await database.write { [self] db in
        let grant = try db.row("SELECT revoked_at FROM grants WHERE id = $1", caller.grant)
        guard let grant, try grant["revoked_at"] as Timestamp? == nil else { throw ContactFault.accessEnded }
        let record = try caller.call.unrecorded.map { try calls.insert($0, db) }
        return (
          try act(TenantContacts(tenant: caller.tenantID, grant: caller.grant, now: clock.now(), db: db)), record
        )
      }
      if let record {
        caller.call.recorded(as: record.id)
        calls.learn(record)
      }
      return result
    }
  }

  func reading<Result: Sendable>(
    _ caller: Caller, _ act: @escaping @Sendable (TenantContacts) throws -> Result
  ) async throws(ContactFault) -> Result {
    try await answeringFaults { [self] in
      let now = clock.now()
      return try await database.read { db in
        try act(TenantContacts(tenant: caller.tenantID, grant: caller.grant, now: now, db: db))
      }
    }
  }

  private func answeringFaults<Result: Sendable>(_ act: () async throws -> Result) async throws(ContactFault) -> Result
  {
    do {
      return try await act()
    } catch let fault as ContactFault {
      throw fault
    } catch let refusal as ContactRefusal {
      throw .invalid(refusal.message)
    } catch {
      logger.error("the store failed during an act on contacts", metadata: ["error.message": "\(error)"])
      throw .unavailable(retryAfter: Self.retryAfter)
    }
  }
}
