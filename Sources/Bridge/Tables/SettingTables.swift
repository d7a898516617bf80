extension BridgeTable {
  /// Numbers of data types, by REST's words for them (client code; not checked against the service).
  static let dataTypes = [
    "PHONE_NUMBER": "1", "SOCIAL_SECURITY_NUMBER": "2", "CURRENCY": "3", "PERCENT": "4", "STATE": "5", "YES_NO": "6",
    "YEAR": "7", "MONTH": "8", "DAY_OF_WEEK": "9", "NAME": "10", "DECIMAL_NUMBER": "11", "WHOLE_NUMBER": "12",
    "DATE": "13", "DATE_TIME": "14", "TEXT": "15", "TEXT_AREA": "16", "LIST_BOX": "17", "WEBSITE": "18", "EMAIL": "19",
    "RADIO": "20", "DROPDOWN": "21", "USER": "22", "DRILLDOWN": "23",
  ]

  /// Each kind of records has its own model; FormId tells them apart (client code; not checked against the service).
  static let dataFormField = BridgeTable(
    name: "DataFormField",
    sources: [("-1", "contacts"), ("-6", "companies"), ("-4", "opportunities"), ("-9", "orders"), ("-5", "tasks")]
      .map { form, kind in
        RecordSource(
          path: "/crm/rest/v2/\(kind)/model", list: "custom_fields", isPaged: false,
          fields: [
            BridgeField("FormId", .constant(form), .int),
            BridgeField("Id", .member("id"), .id),
            BridgeField("Name", .member("field_name")),
            BridgeField("Label", .member("label"), writable: true),
            BridgeField("DataType", .member("field_type"), .code(dataTypes)),
            BridgeField("GroupId", .member("group_id"), .id, writable: true),
            BridgeField("DefaultValue", .member("default_value")),
            BridgeField("Values", .member("options"), .list),
            BridgeField("ListRows", .nowhere("REST does not say how many rows a list shows")),
          ])
      },
    isUnion: true, isUpdated: true, isDeleted: true, writing: .definition,
    difference:
      "Values are told with line breaks between. Label and GroupId can be changed, and not of contacts' fields; "
      + "DataService.addCustomField adds one.")

  static let user = BridgeTable(
    name: "User",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/users", list: "users", mostOfPage: 100, record: "/crm/rest/v2/users/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .ids("user_ids")),
          BridgeField("FirstName", .member("given_name"), writable: true, filter: .wider("given_name")),
          BridgeField("MiddleName", .member("middle_name")),
          BridgeField("LastName", .member("family_name"), writable: true),
          BridgeField("Nickname", .member("nickname")),
          BridgeField("Title", .member("title")),
          BridgeField("Suffix", .member("suffix")),
          BridgeField("SpouseName", .member("spouse_name")),
          BridgeField(
            "Email", .slot(list: "email_addresses", slot: "EMAIL1", "email"), filter: .wider("email"), order: "email"),
          BridgeField("EmailAddress2", .slot(list: "email_addresses", slot: "EMAIL2", "email")),
          BridgeField("EmailAddress3", .slot(list: "email_addresses", slot: "EMAIL3", "email")),
          BridgeField("Phone1", .slot(list: "phone_numbers", slot: "PHONE1", "number"), writable: true),
          BridgeField("Phone1Ext", .slot(list: "phone_numbers", slot: "PHONE1", "extension"), writable: true),
          BridgeField("Phone2", .slot(list: "phone_numbers", slot: "PHONE2", "number"), writable: true),
          BridgeField("Fax1", .slot(list: "fax_numbers", slot: "FAX1", "number"), writable: true),
          BridgeField("StreetAddress1", .part(of: "address", "line1"), writable: true),
          BridgeField("StreetAddress2", .part(of: "address", "line2"), writable: true),
          BridgeField("City", .part(of: "address", "locality"), writable: true),
          BridgeField("State", .part(of: "address", "region"), .region, writable: true),
          BridgeField("PostalCode", .part(of: "address", "postal_code"), writable: true),
          BridgeField("Country", .part(of: "address", "country_code"), .country, writable: true),
          BridgeField("Website", .member("website"), writable: true),
          BridgeField("GlobalUserId", .member("global_user_id"), .id),
          BridgeField("Partner", .member("partner"), .yesNo),
          BridgeField("Admin", .member("admin"), .yesNo),
          BridgeField("DateCreated", .member("create_time"), .moment, order: "create_time"),
          BridgeField("LastUpdated", .member("update_time"), .moment),
        ])
    ],
    isUpdated: true,
    difference: "REST adds and deletes no user, and changes of one the names, phones, fax, address and website.")

  static let campaign = BridgeTable(
    name: "Campaign",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/campaigns", list: "campaigns", record: "/crm/rest/v2/campaigns/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, order: "id"),
          BridgeField("Name", .member("name"), filter: .wider("name"), order: "name"),
          BridgeField("Status", .nowhere("REST says whether a campaign is published, in other words")),
        ])
    ],
    difference: "It can be read and not written.")
}
