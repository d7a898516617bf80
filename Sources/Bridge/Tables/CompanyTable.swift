extension BridgeTable {
  static let company = BridgeTable(
    name: "Company",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/companies", list: "companies", record: "/crm/rest/v2/companies/{id}",
        properties: .besides(
          ["address", "custom_fields", "email_address", "fax_number", "phone_number", "website", "notes"],
          inLists: ["create_time", "update_time"]),
        model: "/crm/rest/v2/companies/model", fields: companyFields)
    ],
    isAdded: true, isUpdated: true, isDeleted: true,
    difference: "A company has one address, phone, fax and e-mail in REST; the fields of the others are refused. "
      + "A condition on a custom field is met by the bridge, which reads on.")

  private static let companyFields: [BridgeField] = [
    BridgeField("Id", .member("id"), .id, filter: .number("company_id"), order: "id"),
    BridgeField(
      "Company", .member("company_name"), writable: true, filter: .wider("name", prefix: true), order: "name"),
    BridgeField("Email", .part(of: "email_address", "email"), writable: true, filter: .wider("email"), order: "email"),
    BridgeField("Phone1", .part(of: "phone_number", "number"), writable: true),
    BridgeField("Phone1Ext", .part(of: "phone_number", "extension"), writable: true),
    BridgeField("Phone1Type", .part(of: "phone_number", "type"), writable: true),
    BridgeField("Fax1", .part(of: "fax_number", "number"), writable: true),
    BridgeField("Fax1Type", .part(of: "fax_number", "type"), writable: true),
    BridgeField("StreetAddress1", .part(of: "address", "line1"), writable: true),
    BridgeField("StreetAddress2", .part(of: "address", "line2"), writable: true),
    BridgeField("City", .part(of: "address", "locality"), writable: true, filter: .wider("city", prefix: true)),
    BridgeField("State", .part(of: "address", "region"), .region, writable: true),
    BridgeField("PostalCode", .part(of: "address", "postal_code"), writable: true),
    BridgeField("ZipFour1", .part(of: "address", "zip_four"), writable: true),
    BridgeField("Country", .part(of: "address", "country_code"), .country, writable: true),
    BridgeField("Website", .member("website"), writable: true),
    BridgeField("CompanyNotes", .member("notes"), writable: true),
    BridgeField("FirstName", .member("first_name"), writable: true),
    BridgeField("MiddleName", .member("middle_name"), writable: true),
    BridgeField("LastName", .member("last_name"), writable: true),
    BridgeField("Nickname", .member("preferred_name"), writable: true),
    BridgeField("Title", .member("title"), writable: true),
    BridgeField("Suffix", .member("suffix"), writable: true),
    BridgeField("JobTitle", .member("job_title"), writable: true),
    BridgeField("SpouseName", .member("spouse_name"), writable: true),
    BridgeField("ContactType", .member("contact_type"), writable: true),
    BridgeField("Birthday", .member("birth_date"), .day, writable: true),
    BridgeField("Anniversary", .member("anniversary_date"), .day, writable: true),
    BridgeField("ReferralCode", .member("referral_code"), writable: true),
    BridgeField("AssistantName", .member("assistant_name"), writable: true),
    BridgeField("AssistantPhone", .member("assistant_phone"), writable: true),
    BridgeField("BillingInformation", .member("billing_information"), writable: true),
    BridgeField("OwnerID", .member("owner_id"), .id, writable: true),
    BridgeField("DateCreated", .member("create_time"), .moment, order: "create_time"),
    BridgeField(
      "LastUpdated", .member("update_time"), .moment, filter: .period(since: "since_time", until: "until_time")),
    BridgeField("AccountId", .member("account_id"), .id),
    BridgeField("CreatedBy", .member("created_by"), .id),
    BridgeField("LastUpdatedBy", .member("last_updated_by"), .id),
    BridgeField("Groups", .member("groups")),
  ]
}
