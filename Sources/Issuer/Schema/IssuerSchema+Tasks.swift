import Store

extension IssuerSchema {
  /// Tasks; one that is about a contact ends with it.
  static let tasks = Migration(
    7,
    [
      // `title_form` is the normal form of the title, empty where there is none. `due_at` is the last number there is for a task
      // that is never due, so that it comes last.
      """
      CREATE TABLE tasks (
        tenant_id BIGINT NOT NULL,
        id BIGINT NOT NULL,
        revision BIGINT NOT NULL,
        contact_id BIGINT,
        user_id BIGINT,
        opportunity_id BIGINT,
        title TEXT,
        title_form TEXT NOT NULL,
        description TEXT,
        task_type TEXT,
        priority BIGINT,
        completed_at BIGINT,
        due_at BIGINT NOT NULL,
        remind_minutes BIGINT,
        is_accepted BIGINT NOT NULL,
        url TEXT,
        funnel_id BIGINT,
        campaign_graph_id BIGINT,
        custom_fields BLOB,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        created_by BIGINT NOT NULL,
        updated_by BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE CASCADE
      )
      """,
      "CREATE INDEX tasks_by_contact ON tasks (tenant_id, contact_id, id)",
      "CREATE INDEX tasks_by_user ON tasks (tenant_id, user_id, id)",
      "CREATE INDEX tasks_by_opportunity ON tasks (tenant_id, opportunity_id, id) WHERE opportunity_id IS NOT NULL",
      "CREATE INDEX tasks_by_title ON tasks (tenant_id, title_form, id)",
      "CREATE INDEX tasks_by_due ON tasks (tenant_id, due_at, id)",
      "CREATE INDEX tasks_by_creation ON tasks (tenant_id, created_at, id)",
      "CREATE INDEX tasks_by_update ON tasks (tenant_id, updated_at, id)",
    ])
}
