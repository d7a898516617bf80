extension BridgeTable {
  static let contact = BridgeTable(
    name: "Contact",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/contacts", list: "contacts", record: "/crm/rest/v2/contacts/{id}", properties: .named,
        model: "/crm/rest/v2/contacts/model", filtersCustomFields: true,
        fields: contactTexts + contactSlots + contactPlaces("BILLING", street: "StreetAddress", suffix: "")
          + contactPlaces("SHIPPING", street: "Address2Street", suffix: "2")
          + contactPlaces("OTHER", street: "Address3Street", suffix: "3") + contactRest)
    ],
    isAdded: true, isUpdated: true, isDeleted: true,
    difference:
      "State and Country are codes in REST: what is not in the tables of regions and countries is refused, and "
      + "they are read as names.")

  private static let contactTexts: [BridgeField] = [
    BridgeField("Id", .member("id"), .id, filter: .number("contact_id", several: "ids"), order: "id"),
    BridgeField("FirstName", .member("given_name"), writable: true, filter: .exact("given_name", prefix: true)),
    BridgeField("LastName", .member("family_name"), writable: true, filter: .exact("family_name", prefix: true)),
    BridgeField("MiddleName", .member("middle_name"), writable: true, filter: .exact("middle_name", prefix: true)),
    BridgeField("Nickname", .member("preferred_name"), writable: true),
    BridgeField("Title", .member("prefix"), writable: true),
    BridgeField("Suffix", .member("suffix"), writable: true),
    BridgeField("JobTitle", .member("job_title"), writable: true),
    BridgeField("SpouseName", .member("spouse_name"), writable: true),
    BridgeField("ContactType", .member("contact_type"), writable: true),
    BridgeField("Website", .member("website"), writable: true, filter: .exact("website", prefix: true)),
    BridgeField("Birthday", .member("birth_date"), .day, writable: true),
    BridgeField("Anniversary", .member("anniversary_date"), .day, writable: true),
    BridgeField("ReferralCode", .member("referral_code"), writable: true),
    BridgeField("AssistantName", .member("assistant_name"), writable: true),
    BridgeField("AssistantPhone", .member("assistant_phone"), writable: true),
    BridgeField("BillingInformation", .member("billing_information"), writable: true),
    BridgeField("TimeZone", .member("time_zone"), writable: true),
    BridgeField("Language", .member("preferred_locale"), writable: true),
  ]

  private static let contactSlots: [BridgeField] =
    [("Email", "EMAIL1"), ("EmailAddress2", "EMAIL2"), ("EmailAddress3", "EMAIL3")].map { name, slot in
      // REST looks for an address in the first place alone.
      BridgeField(
        name, .slot(list: "email_addresses", slot: slot, "email"), writable: true,
        filter: slot == "EMAIL1" ? .wider("email", prefix: true) : nil, order: slot == "EMAIL1" ? "email" : nil)
    }
    + (1...5).flatMap { number in
      let slot = "PHONE\(number)"
      return [
        BridgeField(
          "Phone\(number)", .slot(list: "phone_numbers", slot: slot, "number"), writable: true,
          filter: .wider("phone_number", with: "phone_fields==\(slot)")),
        BridgeField("Phone\(number)Ext", .slot(list: "phone_numbers", slot: slot, "extension"), writable: true),
        BridgeField("Phone\(number)Type", .slot(list: "phone_numbers", slot: slot, "type"), writable: true),
      ]
    }
    + (1...2).flatMap { number in
      [
        BridgeField("Fax\(number)", .slot(list: "fax_numbers", slot: "FAX\(number)", "number"), writable: true),
        BridgeField("Fax\(number)Type", .slot(list: "fax_numbers", slot: "FAX\(number)", "type"), writable: true),
      ]
    }

  private static func contactPlaces(_ slot: String, street: String, suffix: String) -> [BridgeField] {
    let filter = { (part: String) in BridgeField.Filter.wider("\(slot.lowercased())_address_\(part)") }
    let place = { (part: String) in BridgeField.Place.slot(list: "addresses", slot: slot, part) }
    return [
      BridgeField("\(street)1", place("line1"), writable: true, filter: filter("line1")),
      BridgeField("\(street)2", place("line2"), writable: true),
      BridgeField("City\(suffix)", place("locality"), writable: true, filter: filter("locality")),
      BridgeField("State\(suffix)", place("region"), .region, writable: true),
      BridgeField("PostalCode\(suffix)", place("postal_code"), writable: true, filter: filter("postal_code")),
      BridgeField("ZipFour\(suffix.isEmpty ? "1" : suffix)", place("zip_four"), writable: true),
      BridgeField("Country\(suffix)", place("country_code"), .country, writable: true, filter: filter("country_code")),
    ]
  }

  private static let contactRest: [BridgeField] = [
    BridgeField("Company", .reference("company", "company_name"), .company, writable: true),
    BridgeField("CompanyID", .reference("company", "id"), .id, writable: true, filter: .exact("company_id")),
    BridgeField("OwnerID", .member("owner_id"), .id, writable: true),
    BridgeField("LeadSourceId", .member("leadsource_id"), .id, writable: true),
    BridgeField(
      "Leadsource", .member("leadsource_id"), .leadSource, writable: true,
      filter: .wider("lead_source_name", prefix: true)),
    BridgeField("Groups", .member("tag_ids"), .ids),
    BridgeField(
      "DateCreated", .member("create_time"), .moment, order: "create_time"),
    BridgeField(
      "LastUpdated", .member("update_time"), .moment,
      filter: .period(since: "start_update_time", until: "end_update_time"), order: "update_time"),
    BridgeField("AccountId", .member("account_id"), .id),
    BridgeField("CreatedBy", .member("created_by"), .id),
    BridgeField("LastUpdatedBy", .member("last_updated_by"), .id),
    BridgeField("Password", .nowhere("REST shows and takes no password")),
    BridgeField("Username", .nowhere("REST knows no user name of a contact")),
    BridgeField("SSN", .nowhere("REST has no number of social security")),
    BridgeField(
      "ContactNotes", .nowhere("REST has no person's notes; use notes of the contact, the table ContactAction")),
    BridgeField("Validated", .nowhere("REST does not say whether an address was validated")),
    BridgeField("Address1Type", .nowhere("REST's addresses have no type")),
    BridgeField("Address2Type", .nowhere("REST's addresses have no type")),
    BridgeField("Address3Type", .nowhere("REST's addresses have no type")),
  ]
}
