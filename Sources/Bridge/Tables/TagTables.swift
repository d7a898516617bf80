extension BridgeTable {
  static let contactGroup = BridgeTable(
    name: "ContactGroup",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/tags", list: "tags", record: "/crm/rest/v2/tags/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id, filter: .ids("tag_ids")),
          BridgeField("GroupName", .member("name"), writable: true, filter: .wider("name"), order: "name"),
          BridgeField("GroupDescription", .member("description"), writable: true),
          BridgeField(
            "GroupCategoryId", .reference("category", "id"), .id, writable: true, filter: .exact("category_id")),
          BridgeField("DateCreated", .member("create_time"), .moment, order: "create_time"),
          BridgeField("LastUpdated", .member("update_time"), .moment, order: "update_time"),
        ])
    ],
    isAdded: true, isUpdated: true, isDeleted: true,
    difference: "A tag cannot be taken out of its category again.")

  static let contactGroupCategory = BridgeTable(
    name: "ContactGroupCategory",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/tags/categories", list: "tag_categories", record: "/crm/rest/v2/tags/categories/{id}",
        fields: [
          BridgeField("Id", .member("id"), .id),
          BridgeField("CategoryName", .member("name"), writable: true, filter: .wider("name"), order: "name"),
          BridgeField("CategoryDescription", .member("description"), writable: true),
        ])
    ],
    isAdded: true, isUpdated: true, isDeleted: true)

  static let contactGroupAssign = BridgeTable(
    name: "ContactGroupAssign",
    sources: [
      RecordSource(
        path: "/crm/rest/v2/contacts/{ContactId}/tags", list: "tags",
        fields: [
          BridgeField("ContactId", .asked, .id),
          BridgeField("GroupId", .part(of: "tag", "id"), .id),
          BridgeField("ContactGroup", .part(of: "tag", "name")),
          BridgeField("DateCreated", .member("applied_time"), .moment, order: "applied_time"),
        ]),
      RecordSource(
        path: "/crm/rest/v2/tags/{GroupId}/contacts", list: "contacts",
        fields: [
          BridgeField("GroupId", .asked, .id),
          BridgeField("ContactId", .member("id"), .id),
          BridgeField("Contact.FirstName", .member("given_name"), filter: .wider("given_name"), order: "given_name"),
          BridgeField("Contact.LastName", .member("family_name"), filter: .wider("family_name"), order: "family_name"),
          BridgeField("Contact.Email", .member("email"), filter: .wider("email"), order: "email"),
          BridgeField("DateCreated", .member("applied_time"), .moment, order: "applied_time"),
        ]),
    ],
    difference: "A query names one ContactId or one GroupId; REST lists what is tagged only under one of them. "
      + "ContactService.addToGroup and ContactService.removeFromGroup write it; REST has no number of it.")
}
