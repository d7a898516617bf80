import Wire

/// A partial contact: what a request or an imported row says, field by field.
package struct ContactChange: Hashable, Sendable {
  /// Texts that are spoken of; `subscript` gives `.absent` for the others. An empty text counts as null.
  package private(set) var texts: [TextField: Change<String>] = [:]
  package var birthday = Change<CalendarDate>.absent
  package var anniversary = Change<CalendarDate>.absent
  package var ownerID = Change<Int64>.absent
  package var leadSourceID = Change<Int64>.absent
  package var sourceType = Change<SourceType>.absent
  package var company = Change<CompanyReference>.absent
  package var originAddress = Change<String>.absent
  package var emails = Change<[EmailAddress]>.absent
  package var phones = Change<[PhoneNumber]>.absent
  package var faxes = Change<[FaxNumber]>.absent
  package var addresses = Change<[PostalAddress]>.absent
  package var socials = Change<[SocialAccount]>.absent
  package var customFields = Change<[CustomField]>.absent

  package init() {}

  package subscript(field: TextField) -> Change<String> {
    get { texts[field] ?? .absent }
    set {
      switch newValue {
      case .absent: texts[field] = nil
      case .set(""): texts[field] = .null
      default: texts[field] = newValue
      }
    }
  }

  /// The address that this change gives for EMAIL1.
  package var email: String? { emails.value?.first { $0.field == .email1 }?.email }

  /// This change with no word about regions, for a provider that refuses one: Keap answers
  /// `BILLING Region is invalid` and takes nothing of the contact.
  package func withoutRegions() -> ContactChange {
    var change = self
    change.addresses = addresses.map {
      $0.map { address in
        var address = address
        address.region = nil
        address.regionCode = nil
        return address
      }
    }
    return change
  }

  /// Whether any address names a region.
  package var hasRegions: Bool { withoutRegions() != self }
}
