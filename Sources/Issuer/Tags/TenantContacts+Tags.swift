import Contacts
import Store

/// The tags of a tenant and their categories.
extension TenantContacts {
  /// - Throws: ``ContactFault/missing(_:)``, also for a tag of another tenant.
  func requiredTag(_ id: Int64) throws -> Tag {
    guard let tag = try tags([id])[id] else { throw ContactFault.missing(.tag) }
    return tag
  }

  /// Those of the tags that there are.
  func tags(_ ids: [Int64]) throws -> [Int64: Tag] {
    let rows = try selected(
      """
      t.*, k.name AS category_name, k.description AS category_description FROM tags t
      LEFT JOIN tag_categories k ON k.tenant_id = t.tenant_id AND k.id = t.category_id
      WHERE t.tenant_id
      """, "t.id", ids)
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["id"], try Self.tag($0)) })
  }

  func addTag(_ change: TagChange) throws -> Tag {
    let name = try Self.name(change.name.value)
    try requireCategory(change.category.value)
    let id = try nextID()
    let added = try db.execute(
      """
      INSERT INTO tags (tenant_id, id, name, normal_name, description, category_id, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (tenant_id, normal_name) DO NOTHING
      """, tenant, id, name, NormalForm.name(name), change.description.value, change.category.value, now)
    guard added == 1 else { throw ContactFault.nameTaken(.tag) }
    return try requiredTag(id)
  }

  /// Changes what `change` speaks of; where that is nothing new, nothing is written.
  func changeTag(_ id: Int64, _ change: TagChange) throws -> Tag {
    let old = try requiredTag(id)
    let name = try Self.name(change.name.applied(to: old.name))
    let description = change.description.applied(to: old.description)
    let category = change.category.applied(to: old.category?.id)
    if name == old.name, description == old.description, category == old.category?.id { return old }
    if category != old.category?.id { try requireCategory(category) }
    if try isTaken(name, in: "tags", butFor: id) { throw ContactFault.nameTaken(.tag) }
    try db.execute(
      """
      UPDATE tags SET name = $3, normal_name = $4, description = $5, category_id = $6, updated_at = $7
      WHERE tenant_id = $1 AND id = $2
      """, tenant, id, name, NormalForm.name(name), description, category, now)
    return try requiredTag(id)
  }

  /// Deletes a tag; no contact and no company has it then.
  func deleteTag(_ id: Int64) throws {
    let deleted = try db.execute("DELETE FROM tags WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard deleted == 1 else { throw ContactFault.missing(.tag) }
  }

  private static func tag(_ row: Row) throws -> Tag {
    var category: Tag.Category?
    if let id = try row["category_id"] as Int64? {
      category = Tag.Category(id: id, name: try row["category_name"], description: try row["category_description"])
    }
    return Tag(
      id: try row["id"], name: try row["name"], description: try row["description"], category: category,
      createdAt: try row["created_at"], updatedAt: try row["updated_at"])
  }

  // MARK: - Categories

  /// - Throws: ``ContactFault/missing(_:)``, also for a category of another tenant.
  func requiredTagCategory(_ id: Int64) throws -> TagCategory {
    guard let category = try tagCategories([id])[id] else { throw ContactFault.missing(.tagCategory) }
    return category
  }

  /// Those of the categories that there are.
  func tagCategories(_ ids: [Int64]) throws -> [Int64: TagCategory] {
    let rows = try selected("* FROM tag_categories WHERE tenant_id", "id", ids)
    return Dictionary(uniqueKeysWithValues: try rows.map { (try $0["id"], try Self.category($0)) })
  }

  func addTagCategory(_ change: TagChange) throws -> TagCategory {
    let name = try Self.name(change.name.value)
    let id = try nextID()
    let added = try db.execute(
      """
      INSERT INTO tag_categories (tenant_id, id, name, normal_name, description, created_at, updated_at)
      VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (tenant_id, normal_name) DO NOTHING
      """, tenant, id, name, NormalForm.name(name), change.description.value, now)
    guard added == 1 else { throw ContactFault.nameTaken(.tagCategory) }
    return try requiredTagCategory(id)
  }

  /// Changes what `change` speaks of; where that is nothing new, nothing is written.
  func changeTagCategory(_ id: Int64, _ change: TagChange) throws -> TagCategory {
    let old = try requiredTagCategory(id)
    let name = try Self.name(change.name.applied(to: old.name))
    let description = change.description.applied(to: old.description)
    if name == old.name, description == old.description { return old }
    if try isTaken(name, in: "tag_categories", butFor: id) { throw ContactFault.nameTaken(.tagCategory) }
    try db.execute(
      """
      UPDATE tag_categories SET name = $3, normal_name = $4, description = $5, updated_at = $6
      WHERE tenant_id = $1 AND id = $2
      """, tenant, id, name, NormalForm.name(name), description, now)
    return try requiredTagCategory(id)
  }

  /// Deletes a category; its tags stay and are in none.
  func deleteTagCategory(_ id: Int64) throws {
    try db.execute(
      "UPDATE tags SET category_id = NULL, updated_at = $3 WHERE tenant_id = $1 AND category_id = $2", tenant, id, now)
    let deleted = try db.execute("DELETE FROM tag_categories WHERE tenant_id = $1 AND id = $2", tenant, id)
    guard deleted == 1 else { throw ContactFault.missing(.tagCategory) }
  }

  private func requireCategory(_ id: Int64?) throws {
    guard let id, try tagCategories([id]).isEmpty else { return }
    throw ContactFault.invalid("category.id: there is no tag category \(id)")
  }

  private static func category(_ row: Row) throws -> TagCategory {
    TagCategory(
      id: try row["id"], name: try row["name"], description: try row["description"], createdAt: try row["created_at"],
      updatedAt: try row["updated_at"])
  }

  // MARK: - Both

  private static func name(_ name: String?) throws -> String {
    guard let name, !NormalForm.name(name).isEmpty else { throw ContactFault.invalid("name is required") }
    return name
  }

  private func isTaken(_ name: String, in table: String, butFor id: Int64) throws -> Bool {
    try db.row(
      "SELECT id FROM \(table) WHERE tenant_id = $1 AND normal_name = $2 AND id <> $3", tenant, NormalForm.name(name),
      id) != nil
  }
}
