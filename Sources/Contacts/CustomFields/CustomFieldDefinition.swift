/// A field that a tenant defined for a kind of records. What records hold of it is a `CustomField`.
package struct CustomFieldDefinition: Hashable, Sendable {
  package var id: Int64
  package var label: String
  /// Keap's name of the column: filters call the field so, and XML-RPC with an underscore before it. A new label leaves it as
  /// it is.
  package var fieldName: String
  package var type: CustomFieldType
  package var options: [CustomFieldOption]
  package var groupID: Int64
  package var groupName: String

  package init(
    id: Int64, label: String, fieldName: String, type: CustomFieldType, options: [CustomFieldOption] = [],
    groupID: Int64, groupName: String
  ) {
    self.id = id
    self.label = label
    self.fieldName = fieldName
    self.type = type
    self.options = options
    self.groupID = groupID
    self.groupName = groupName
  }
}

/// Fields that are shown together, on one tab.
package struct CustomFieldGroup: Hashable, Sendable {
  package var id: Int64
  package var name: String
  package var order: Int64
  package var tabID: Int64

  package init(id: Int64, name: String, order: Int64, tabID: Int64) {
    self.id = id
    self.name = name
    self.order = order
    self.tabID = tabID
  }
}

/// Groups that are shown together.
package struct CustomFieldTab: Hashable, Sendable {
  package var id: Int64
  package var name: String
  package var order: Int64

  package init(id: Int64, name: String, order: Int64) {
    self.id = id
    self.name = name
    self.order = order
  }
}

/// A field that a request defines.
package struct NewCustomField: Hashable, Sendable {
  package var label: String
  package var type: CustomFieldType
  package var options: [CustomFieldOption.Draft]
  /// Nil for the group that takes whatever names none.
  package var groupID: Int64?

  package init(
    label: String, type: CustomFieldType, options: [CustomFieldOption.Draft] = [], groupID: Int64? = nil
  ) {
    self.label = label
    self.type = type
    self.options = options
    self.groupID = groupID
  }
}

/// What a request says of a definition that is there; what is nil stays.
package struct CustomFieldChange: Hashable, Sendable {
  package var label: String?
  package var options: [CustomFieldOption.Draft]?
  package var groupID: Int64?

  package init(label: String? = nil, options: [CustomFieldOption.Draft]? = nil, groupID: Int64? = nil) {
    self.label = label
    self.options = options
    self.groupID = groupID
  }
}

/// What a request says of a group that is there; what is nil stays.
package struct CustomFieldGroupChange: Hashable, Sendable {
  package var name: String?
  package var order: Int64?
  package var tabID: Int64?

  package init(name: String? = nil, order: Int64? = nil, tabID: Int64? = nil) {
    self.name = name
    self.order = order
    self.tabID = tabID
  }
}

/// What a request says of a tab that is there; what is nil stays.
package struct CustomFieldTabChange: Hashable, Sendable {
  package var name: String?
  package var order: Int64?

  package init(name: String? = nil, order: Int64? = nil) {
    self.name = name
    self.order = order
  }
}
