import Wire

/// What is known of one address of a tenant's: Keap's `RestEmailAddressStatus`.
package struct EmailStatus: Hashable, Sendable {
  package var email: String
  package var status: OptStatus
  /// When somebody first said something about the address, else when it came to be a contact's or company's. In milliseconds
  /// since 1970.
  package var createdAt: Int64

  package init(email: String, status: OptStatus, createdAt: Int64) {
    self.email = email
    self.status = status
    self.createdAt = createdAt
  }

  package var v1: JSON {
    ["email": .string(email), "opted_in": .bool(status.isMarketable), "status": .string(status.v1Words)]
  }

  package var v2: JSON {
    [
      "email": .string(email), "opted_in": .bool(status.isMarketable), "status": .string(status.rawValue),
      "create_time": .string(KeapTime.v2(createdAt)),
    ]
  }
}

/// What a request says of an address: that it opts in or out, and why.
package struct EmailStatusChange: Hashable, Sendable {
  package var optsIn: Bool
  package var reason: String

  package init(optsIn: Bool, reason: String) {
    self.optsIn = optsIn
    self.reason = reason
  }

  package init(from body: JSON, dialect: KeapDialect) throws(ContactRefusal) {
    let members = try KeapMembers(body, dialect)
    guard let optsIn = try members.truth("opted_in").value else { throw ContactRefusal("opted_in is required") }
    guard let reason = try members.text("reason").value else { throw ContactRefusal("reason is required") }
    self.init(optsIn: optsIn, reason: reason)
  }

  /// The address's status after this change. A no that came in another way than by hand stays, and stays what it is.
  package func applied(to status: OptStatus) -> OptStatus {
    if optsIn { return status.lifted(guarded: false) }
    return status.isOptOut ? status : .manual
  }
}

extension OptStatus {
  /// As v1 writes the status of an address by itself: in other words than that of a contact.
  fileprivate var v1Words: String {
    switch self {
    case .unengagedMarketable: "Unengaged Marketable"
    case .singleOptIn: "Unconfirmed"
    case .doubleOptIn: "Confirmed (Legacy)"
    case .confirmed: "Confirmed"
    case .unengagedNonMarketable: "Unengaged NonMarketable"
    case .nonMarketable: "Non-marketable"
    case .lockdown: "Lockdown"
    case .bounce: "Soft Bounce"
    case .hardBounce: "Hard Bounce"
    case .manual: "Opt-Out"
    case .admin: "Opt-Out: Admin"
    case .system: "Opt-Out: System"
    case .listUnsubscribe: "List Unsubscribe"
    case .feedback: "Provided Feedback"
    case .spam: "Reported Spam"
    case .invalid: "Invalid Email"
    case .deactivated: "Deactivated/Delinquent Mailbox"
    }
  }
}
