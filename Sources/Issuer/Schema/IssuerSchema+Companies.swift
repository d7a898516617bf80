import Store

extension IssuerSchema {
  /// All that is known of a company beside its name.
  static let companies = Migration(
    5,
    [
      // `document` is what a company has in common with a contact, null where there is nothing; `email`, `city` and `state`
      // are normal forms of it. Who made a company is null where nobody knows. `renaming` is not null while the company's
      // contacts are given its new name: the revision that was renamed.
      "ALTER TABLE companies ADD COLUMN revision BIGINT NOT NULL DEFAULT 1",
      "ALTER TABLE companies ADD COLUMN notes TEXT",
      "ALTER TABLE companies ADD COLUMN document BLOB",
      "ALTER TABLE companies ADD COLUMN email TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE companies ADD COLUMN city TEXT",
      "ALTER TABLE companies ADD COLUMN state TEXT",
      "ALTER TABLE companies ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE companies ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0",
      "ALTER TABLE companies ADD COLUMN created_by BIGINT",
      "ALTER TABLE companies ADD COLUMN updated_by BIGINT",
      "ALTER TABLE companies ADD COLUMN renaming BIGINT",
      // A company that was there is as old as the oldest contact that points at it, else as its tenant. The sum keeps the engine
      // from walking the tenant's contacts by their age.
      """
      UPDATE companies SET created_at = COALESCE(
        (SELECT MIN(c.created_at + 0) FROM contacts c
          WHERE c.tenant_id = companies.tenant_id AND c.company_id = companies.id),
        (SELECT t.created_at FROM tenants t WHERE t.id = companies.tenant_id))
      """,
      "UPDATE companies SET updated_at = created_at",
      "CREATE INDEX companies_by_creation ON companies (tenant_id, created_at, id)",
      "CREATE INDEX companies_by_update ON companies (tenant_id, updated_at, id)",
      "CREATE INDEX companies_by_email ON companies (tenant_id, email, id)",
      "CREATE INDEX companies_by_city ON companies (tenant_id, city, id) WHERE city IS NOT NULL",
      "CREATE INDEX companies_by_state ON companies (tenant_id, state, id) WHERE state IS NOT NULL",
    ])
}
