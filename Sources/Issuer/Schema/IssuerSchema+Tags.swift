import Store

extension IssuerSchema {
  /// Tags, their categories, and what they are applied to.
  static let tags = Migration(
    4,
    [
      // A normal form keeps a name unique in its tenant.
      """
      CREATE TABLE tag_categories (
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        id BIGINT NOT NULL,
        name TEXT NOT NULL,
        normal_name TEXT NOT NULL,
        description TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, normal_name)
      )
      """,
      "CREATE INDEX tag_categories_by_creation ON tag_categories (tenant_id, created_at, id)",
      "CREATE INDEX tag_categories_by_update ON tag_categories (tenant_id, updated_at, id)",
      """
      CREATE TABLE tags (
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        id BIGINT NOT NULL,
        name TEXT NOT NULL,
        normal_name TEXT NOT NULL,
        description TEXT,
        category_id BIGINT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, normal_name),
        FOREIGN KEY (tenant_id, category_id) REFERENCES tag_categories (tenant_id, id)
      )
      """,
      "CREATE INDEX tags_by_category ON tags (tenant_id, category_id, id)",
      "CREATE INDEX tags_by_creation ON tags (tenant_id, created_at, id)",
      "CREATE INDEX tags_by_update ON tags (tenant_id, updated_at, id)",
      // Whoever deletes a tag, a contact or a company takes what was applied with it. Each index has all that a list shows, so
      // that an engine without statistics prefers it to one that walks the tenant in the order of the list.
      """
      CREATE TABLE contact_tags (
        tenant_id BIGINT NOT NULL,
        contact_id BIGINT NOT NULL,
        tag_id BIGINT NOT NULL,
        applied_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, contact_id, tag_id),
        FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, tag_id) REFERENCES tags (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX contact_tags_by_contact ON contact_tags (tenant_id, contact_id, tag_id, applied_at)",
      "CREATE INDEX contact_tags_by_contact_and_time ON contact_tags (tenant_id, contact_id, applied_at, tag_id)",
      "CREATE INDEX contact_tags_by_tag ON contact_tags (tenant_id, tag_id, contact_id, applied_at)",
      "CREATE INDEX contact_tags_by_time ON contact_tags (tenant_id, tag_id, applied_at, contact_id)",
      """
      CREATE TABLE company_tags (
        tenant_id BIGINT NOT NULL,
        company_id BIGINT NOT NULL,
        tag_id BIGINT NOT NULL,
        applied_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, company_id, tag_id),
        FOREIGN KEY (tenant_id, company_id) REFERENCES companies (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, tag_id) REFERENCES tags (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX company_tags_by_company ON company_tags (tenant_id, company_id, tag_id, applied_at)",
      "CREATE INDEX company_tags_by_company_and_time ON company_tags (tenant_id, company_id, applied_at, tag_id)",
      "CREATE INDEX company_tags_by_tag ON company_tags (tenant_id, tag_id, company_id, applied_at)",
      "CREATE INDEX company_tags_by_time ON company_tags (tenant_id, tag_id, applied_at, company_id)",
    ])
}
