import Contacts
import Store

/// How the deletion of a group or a tab went.
package enum CustomFieldDeletion: Sendable, Equatable {
  case deleted
  case notFound
  /// Something is still in it: nothing was deleted.
  case occupied
}

/// The groups that custom fields stand in, and the tabs that groups stand on.
extension TenantContacts {
  /// The most groups, and the most tabs, of a kind of records: a list of them has no pages.
  static let mostPlaces: Int64 = 100
  private static let defaultName = "Custom Fields"

  // MARK: - Groups

  /// - Parameter tab: the tab to list; nil for all.
  func customFieldGroups(of kind: RecordKind, on tab: Int64?) throws -> [CustomFieldGroup] {
    if let tab {
      return try db.rows(
        """
        SELECT * FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 AND tab_id = $3 ORDER BY place, id
        """, tenant, kind.recordType, try required(tab, of: kind).id
      ).map(Self.group)
    }
    return try db.rows(
      "SELECT * FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 ORDER BY place, id", tenant,
      kind.recordType
    ).map(Self.group)
  }

  func customFieldGroup(_ id: Int64, of kind: RecordKind) throws -> CustomFieldGroup? {
    try db.row(
      "SELECT * FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 AND id = $3", tenant,
      kind.recordType, id
    ).map(Self.group)
  }

  /// - Parameter tab: nil for the default one.
  func addCustomFieldGroup(
    _ name: String, on tab: Int64?, of kind: RecordKind, isDefault: Bool = false
  ) throws -> CustomFieldGroup {
    let id = try nextID()
    let tab = if let tab { try required(tab, of: kind) } else { try defaultTab(of: kind) }
    let place = try nextPlace(in: "custom_field_groups", of: kind, "groups")
    try db.execute(
      """
      INSERT INTO custom_field_groups (tenant_id, record_type, id, tab_id, name, place, is_default)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      """, tenant, kind.recordType, id, tab.id, name, place, isDefault)
    return CustomFieldGroup(id: id, name: name, order: place, tabID: tab.id)
  }

  func updateCustomFieldGroup(
    _ id: Int64, _ change: CustomFieldGroupChange, of kind: RecordKind
  ) throws -> CustomFieldGroup? {
    guard var group = try customFieldGroup(id, of: kind) else { return nil }
    group.name = change.name ?? group.name
    group.order = change.order ?? group.order
    if let tab = change.tabID { group.tabID = try required(tab, of: kind).id }
    try db.execute(
      """
      UPDATE custom_field_groups SET name = $4, place = $5, tab_id = $6
      WHERE tenant_id = $1 AND record_type = $2 AND id = $3
      """, tenant, kind.recordType, id, group.name, group.order, group.tabID)
    return group
  }

  func deleteCustomFieldGroup(_ id: Int64, of kind: RecordKind) throws -> CustomFieldDeletion {
    let field = try db.row(
      "SELECT id FROM custom_fields WHERE tenant_id = $1 AND record_type = $2 AND group_id = $3 LIMIT 1", tenant,
      kind.recordType, id)
    guard field == nil else { return .occupied }
    let deleted = try db.execute(
      "DELETE FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 AND id = $3", tenant, kind.recordType,
      id)
    return deleted > 0 ? .deleted : .notFound
  }

  /// The group that a field without one goes to.
  func defaultGroup(of kind: RecordKind) throws -> CustomFieldGroup {
    let known = try db.row(
      "SELECT * FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 AND is_default = 1", tenant,
      kind.recordType
    ).map(Self.group)
    return try known ?? addCustomFieldGroup(Self.defaultName, on: nil, of: kind, isDefault: true)
  }

  // MARK: - Tabs

  func customFieldTabs(of kind: RecordKind) throws -> [CustomFieldTab] {
    try db.rows(
      "SELECT * FROM custom_field_tabs WHERE tenant_id = $1 AND record_type = $2 ORDER BY place, id", tenant,
      kind.recordType
    ).map(Self.tab)
  }

  func customFieldTab(_ id: Int64, of kind: RecordKind) throws -> CustomFieldTab? {
    try db.row(
      "SELECT * FROM custom_field_tabs WHERE tenant_id = $1 AND record_type = $2 AND id = $3", tenant, kind.recordType,
      id
    ).map(Self.tab)
  }

  func addCustomFieldTab(_ name: String, of kind: RecordKind, isDefault: Bool = false) throws -> CustomFieldTab {
    let id = try nextID()
    let place = try nextPlace(in: "custom_field_tabs", of: kind, "tabs")
    try db.execute(
      """
      INSERT INTO custom_field_tabs (tenant_id, record_type, id, name, place, is_default)
      VALUES ($1, $2, $3, $4, $5, $6)
      """, tenant, kind.recordType, id, name, place, isDefault)
    return CustomFieldTab(id: id, name: name, order: place)
  }

  func updateCustomFieldTab(
    _ id: Int64, _ change: CustomFieldTabChange, of kind: RecordKind
  ) throws -> CustomFieldTab? {
    guard var tab = try customFieldTab(id, of: kind) else { return nil }
    tab.name = change.name ?? tab.name
    tab.order = change.order ?? tab.order
    try db.execute(
      """
      UPDATE custom_field_tabs SET name = $4, place = $5 WHERE tenant_id = $1 AND record_type = $2 AND id = $3
      """, tenant, kind.recordType, id, tab.name, tab.order)
    return tab
  }

  func deleteCustomFieldTab(_ id: Int64, of kind: RecordKind) throws -> CustomFieldDeletion {
    let group = try db.row(
      "SELECT id FROM custom_field_groups WHERE tenant_id = $1 AND record_type = $2 AND tab_id = $3 LIMIT 1", tenant,
      kind.recordType, id)
    guard group == nil else { return .occupied }
    let deleted = try db.execute(
      "DELETE FROM custom_field_tabs WHERE tenant_id = $1 AND record_type = $2 AND id = $3", tenant, kind.recordType,
      id)
    return deleted > 0 ? .deleted : .notFound
  }

  private func defaultTab(of kind: RecordKind) throws -> CustomFieldTab {
    let known = try db.row(
      "SELECT * FROM custom_field_tabs WHERE tenant_id = $1 AND record_type = $2 AND is_default = 1", tenant,
      kind.recordType
    ).map(Self.tab)
    return try known ?? addCustomFieldTab(Self.defaultName, of: kind, isDefault: true)
  }

  /// The tab that a request names.
  private func required(_ tab: Int64, of kind: RecordKind) throws -> CustomFieldTab {
    guard let tab = try customFieldTab(tab, of: kind) else {
      throw ContactFault.invalid("tab_id: there is no custom field tab \(tab) for \(kind.rawValue)")
    }
    return tab
  }

  /// The place behind all others.
  private func nextPlace(in table: String, of kind: RecordKind, _ noun: String) throws -> Int64 {
    let row = try db.row(
      "SELECT COUNT(*) AS count, COALESCE(MAX(place), 0) AS last FROM \(table) WHERE tenant_id = $1 AND record_type = $2",
      tenant, kind.recordType
    ).orMissing("count")
    guard try row["count"] < Self.mostPlaces else {
      throw ContactFault.invalid("There are \(Self.mostPlaces) custom field \(noun) for \(kind.rawValue) already")
    }
    return min(try row["last"] + 1, Int64(Int32.max))
  }

  private static func group(_ row: Row) throws -> CustomFieldGroup {
    CustomFieldGroup(id: try row["id"], name: try row["name"], order: try row["place"], tabID: try row["tab_id"])
  }

  private static func tab(_ row: Row) throws -> CustomFieldTab {
    CustomFieldTab(id: try row["id"], name: try row["name"], order: try row["place"])
  }
}
