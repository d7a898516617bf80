import Store

extension IssuerSchema {
  /// What a tenant defines for its records.
  static let customFields = Migration(
    3,
    [
      // What a tenant defines for its records, by Keap's `record_type`. Fields stand in groups, and groups on tabs; of each
      // the default is where those go that name none, made when first one is needed. The numbers are the tenant's own.
      """
      CREATE TABLE custom_field_tabs (
        tenant_id BIGINT NOT NULL REFERENCES tenants (id),
        record_type TEXT NOT NULL,
        id BIGINT NOT NULL,
        name TEXT NOT NULL,
        place BIGINT NOT NULL,
        is_default BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, record_type, id)
      )
      """,
      "CREATE UNIQUE INDEX default_custom_field_tab ON custom_field_tabs (tenant_id, record_type) WHERE is_default = 1",
      """
      CREATE TABLE custom_field_groups (
        tenant_id BIGINT NOT NULL,
        record_type TEXT NOT NULL,
        id BIGINT NOT NULL,
        tab_id BIGINT NOT NULL,
        name TEXT NOT NULL,
        place BIGINT NOT NULL,
        is_default BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, record_type, id),
        FOREIGN KEY (tenant_id, record_type, tab_id) REFERENCES custom_field_tabs (tenant_id, record_type, id)
      )
      """,
      "CREATE UNIQUE INDEX default_custom_field_group ON custom_field_groups (tenant_id, record_type) WHERE is_default = 1",
      "CREATE INDEX custom_field_groups_by_tab ON custom_field_groups (tenant_id, record_type, tab_id)",
      // `normal_name` is `field_name` in lower case. The options are JSON.
      """
      CREATE TABLE custom_fields (
        tenant_id BIGINT NOT NULL,
        record_type TEXT NOT NULL,
        id BIGINT NOT NULL,
        group_id BIGINT NOT NULL,
        label TEXT NOT NULL,
        field_name TEXT NOT NULL,
        normal_name TEXT NOT NULL,
        field_type TEXT NOT NULL,
        options BLOB NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, record_type, id),
        UNIQUE (tenant_id, record_type, normal_name),
        FOREIGN KEY (tenant_id, record_type, group_id) REFERENCES custom_field_groups (tenant_id, record_type, id)
      )
      """,
      "CREATE INDEX custom_fields_by_group ON custom_fields (tenant_id, record_type, group_id)",
    ])
}
