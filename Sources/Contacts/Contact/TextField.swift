/// The plain texts of a contact, named as Keap's REST APIs name them.
package enum TextField: String, CaseIterable, Hashable, Sendable {
  case givenName = "given_name"
  case familyName = "family_name"
  case middleName = "middle_name"
  case preferredName = "preferred_name"
  case prefix
  case suffix
  case jobTitle = "job_title"
  case spouseName = "spouse_name"
  case contactType = "contact_type"
  case website
  case timeZone = "time_zone"
  case preferredLocale = "preferred_locale"
  /// Why the person may be written to, for all addresses together: v1 only, since v2 has a reason per address.
  case optInReason = "opt_in_reason"
  /// The rest are v2 only.
  case referralCode = "referral_code"
  case assistantName = "assistant_name"
  case assistantPhone = "assistant_phone"
  case billingInformation = "billing_information"
}
