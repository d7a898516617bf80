import Store

extension IssuerSchema {
  /// Links between contacts, which end with either of them, and their types.
  static let links = Migration(
    10,
    [
      """
      CREATE TABLE contact_link_types (
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        id BIGINT NOT NULL,
        name TEXT NOT NULL,
        normal_name TEXT NOT NULL,
        max_links BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, normal_name)
      )
      """,
      // A type stays while there are links of it.
      """
      CREATE TABLE contact_links (
        tenant_id BIGINT NOT NULL,
        id BIGINT NOT NULL,
        link_type_id BIGINT NOT NULL,
        contact1_id BIGINT NOT NULL,
        contact2_id BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, link_type_id) REFERENCES contact_link_types (tenant_id, id),
        FOREIGN KEY (tenant_id, contact1_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE,
        FOREIGN KEY (tenant_id, contact2_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX contact_links_by_type ON contact_links (tenant_id, link_type_id, contact1_id, contact2_id)",
      "CREATE INDEX contact_links_by_first ON contact_links (tenant_id, contact1_id)",
      "CREATE INDEX contact_links_by_second ON contact_links (tenant_id, contact2_id)",
      // Which of the two comes first makes no other link.
      """
      CREATE UNIQUE INDEX contact_links_by_pair ON contact_links (
        tenant_id, link_type_id,
        (CASE WHEN contact1_id < contact2_id THEN contact1_id ELSE contact2_id END),
        (CASE WHEN contact1_id < contact2_id THEN contact2_id ELSE contact1_id END)
      )
      """,
    ])
}
