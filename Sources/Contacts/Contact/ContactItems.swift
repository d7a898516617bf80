import Wire

package struct EmailAddress: SlotItem {
  package enum Slot: String, CaseIterable, Sendable {
    case email1 = "EMAIL1"
    case email2 = "EMAIL2"
    case email3 = "EMAIL3"
  }

  package var field: Slot
  package var email: String?
  package var optInReason: String?
  /// Nil stands for `nonMarketable`, as nobody has asked. Set by rules and never from a request: see `OptStatus`.
  package var status: OptStatus?

  package init(field: Slot) { self.field = field }

  package init(_ email: String, field: Slot = .email1, optInReason: String? = nil, status: OptStatus? = nil) {
    self.field = field
    self.email = email
    self.optInReason = optInReason
    self.status = status
  }

  package static let parts: [ItemPart<EmailAddress>] = [
    .init("email", \.email), .init("opt_in_reason", \.optInReason),
  ]

  package func continues(_ base: EmailAddress) -> Bool {
    email.map(NormalForm.email) == base.email.map(NormalForm.email) || email == nil
  }

  /// A reason without an address is worth nothing.
  package var settled: EmailAddress? {
    let item = withoutClearedParts
    return item.email == nil ? nil : item
  }
}

package struct PhoneNumber: SlotItem {
  package enum Slot: String, CaseIterable, Sendable {
    case phone1 = "PHONE1"
    case phone2 = "PHONE2"
    case phone3 = "PHONE3"
    case phone4 = "PHONE4"
    case phone5 = "PHONE5"
  }

  package var field: Slot
  package var number: String?
  package var `extension`: String?
  package var type: String?
  package var numberE164: String?

  package init(field: Slot) { self.field = field }

  package init(_ number: String, field: Slot = .phone1, type: String? = nil) {
    self.field = field
    self.number = number
    self.type = type
  }

  package static let parts: [ItemPart<PhoneNumber>] = [
    .init("number", \.number), .init("extension", \.extension), .init("type", \.type),
    .init("number_e164", \.numberE164),
  ]

  package func continues(_ base: PhoneNumber) -> Bool { number == nil || number == base.number }
}

package struct FaxNumber: SlotItem {
  package enum Slot: String, CaseIterable, Sendable {
    case fax1 = "FAX1"
    case fax2 = "FAX2"
  }

  package var field: Slot
  package var number: String?
  package var type: String?

  package init(field: Slot) { self.field = field }

  package init(_ number: String, field: Slot = .fax1, type: String? = nil) {
    self.field = field
    self.number = number
    self.type = type
  }

  package static let parts: [ItemPart<FaxNumber>] = [.init("number", \.number), .init("type", \.type)]

  package func continues(_ base: FaxNumber) -> Bool { number == nil || number == base.number }
}

/// An account with a social network; the network is its slot.
package struct SocialAccount: SlotItem {
  package enum Slot: String, CaseIterable, Sendable {
    case facebook = "FACEBOOK"
    case linkedIn = "LINKED_IN"
    case twitter = "TWITTER"
    case instagram = "INSTAGRAM"
    case snapchat = "SNAPCHAT"
    case youTube = "YOUTUBE"
    case pinterest = "PINTEREST"
  }

  package var field: Slot
  package var name: String?

  package init(field: Slot) { self.field = field }

  package init(_ name: String, field: Slot) {
    self.field = field
    self.name = name
  }

  package static let parts: [ItemPart<SocialAccount>] = [.init("name", \.name)]

  package func continues(_ base: SocialAccount) -> Bool { true }
}

/// A value of a field that the tenant defined itself. A null content clears it.
package struct CustomField: Hashable, Sendable {
  package var id: Int64
  package var content: JSON

  package init(id: Int64, content: JSON) {
    self.id = id
    self.content = content
  }
}

/// The company of a contact. A request names it by id or by name; a stored contact has both.
package struct CompanyReference: Hashable, Sendable {
  package var id: Int64?
  package var name: String?

  package init(id: Int64? = nil, name: String? = nil) {
    self.id = id
    self.name = name
  }
}

/// How a contact came to be: v2's spelling is the raw value.
package enum SourceType: String, CaseIterable, Sendable {
  case api = "API"
  case appointment = "APPOINTMENT"
  case formAPIHosted = "FORM_API_HOSTED"
  case formAPIInternal = "FORM_API_INTERNAL"
  case `import` = "IMPORT"
  case internalForm = "INTERNAL_FORM"
  case landingPage = "LANDING_PAGE"
  case manual = "MANUAL"
  case other = "OTHER"
  case unknown = "UNKNOWN"
  case webform = "WEBFORM"
}
