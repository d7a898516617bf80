import Store

extension IssuerSchema {
  /// Notes, which end with their contact.
  static let notes = Migration(
    6,
    [
      // `title_form` is the normal form of the title, empty where there is none.
      """
      CREATE TABLE notes (
        tenant_id BIGINT NOT NULL,
        id BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        contact_id BIGINT NOT NULL,
        user_id BIGINT,
        title TEXT,
        title_form TEXT NOT NULL,
        body TEXT,
        note_type TEXT,
        pinned_at BIGINT,
        custom_fields BLOB,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        created_by BIGINT NOT NULL,
        updated_by BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX notes_by_contact ON notes (tenant_id, contact_id, id)",
      "CREATE INDEX notes_by_user ON notes (tenant_id, user_id, id)",
      "CREATE INDEX notes_by_title ON notes (tenant_id, title_form, id)",
      "CREATE INDEX notes_by_creation ON notes (tenant_id, created_at, id)",
      "CREATE INDEX notes_by_update ON notes (tenant_id, updated_at, id)",
    ])
}
