import Store

/// The issuer's tables, step by step.
package enum IssuerSchema {
  package static let migrations = [
    Migration(
      1,
      [
        // `next_id` numbers all that a tenant has, contacts, companies, tags; a number is never given twice.
        """
        CREATE TABLE tenants (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          host TEXT NOT NULL UNIQUE,
          next_id BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          disabled_at BIGINT
        )
        """,
        """
        CREATE TABLE users (
          id INTEGER PRIMARY KEY,
          email TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL,
          password BLOB NOT NULL,
          created_at BIGINT NOT NULL,
          disabled_at BIGINT
        )
        """,
        """
        CREATE TABLE memberships (
          user_id BIGINT NOT NULL REFERENCES users (id),
          tenant_id BIGINT NOT NULL REFERENCES tenants (id),
          since BIGINT NOT NULL,
          PRIMARY KEY (user_id, tenant_id)
        )
        """,
        // `secret_hash` is null for a public client. A legacy client may leave PKCE out.
        """
        CREATE TABLE clients (
          id TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          secret_hash BLOB,
          redirect_uris TEXT NOT NULL,
          scope TEXT NOT NULL,
          is_legacy BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          disabled_at BIGINT
        )
        """,
        """
        CREATE TABLE sessions (
          hash BLOB PRIMARY KEY,
          user_id BIGINT NOT NULL REFERENCES users (id),
          key_id BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          ends_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE sign_in_failures (
          email TEXT NOT NULL,
          address TEXT NOT NULL,
          count BIGINT NOT NULL,
          last_at BIGINT NOT NULL,
          PRIMARY KEY (email, address)
        )
        """,
        // A consent page that is open: it belongs to one request, one user and one session. The app's state is sealed.
        """
        CREATE TABLE approvals (
          id BLOB PRIMARY KEY,
          user_id BIGINT NOT NULL REFERENCES users (id),
          session_hash BLOB NOT NULL,
          client_id TEXT NOT NULL REFERENCES clients (id),
          redirect_uri TEXT NOT NULL,
          scope TEXT NOT NULL,
          state BLOB,
          challenge TEXT,
          ends_at BIGINT NOT NULL
        )
        """,
        // One approval, and all that its code and tokens are judged by. Generation 0 has a code and no token yet.
        // `confirmed_at` is null until the current generation was used, `answered_at` the last time its predecessor was
        // answered; generations from `floor_generation` on live until `floor_until` once they are replaced and confirmed.
        """
        CREATE TABLE grants (
          id BLOB PRIMARY KEY,
          user_id BIGINT NOT NULL REFERENCES users (id),
          client_id TEXT NOT NULL REFERENCES clients (id),
          tenant_id BIGINT NOT NULL REFERENCES tenants (id),
          scope TEXT NOT NULL,
          salt BLOB NOT NULL,
          key_id BIGINT NOT NULL,
          generation BIGINT NOT NULL,
          rotated_at BIGINT NOT NULL,
          confirmed_at BIGINT,
          answered_at BIGINT,
          floor_generation BIGINT NOT NULL,
          floor_until BIGINT NOT NULL,
          latest_at BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          last_used_at BIGINT,
          calls BIGINT NOT NULL,
          reuse_told_at BIGINT,
          revoked_at BIGINT,
          revoked_by TEXT,
          code_hash BLOB NOT NULL UNIQUE,
          code_until BIGINT NOT NULL,
          code_redirect_uri TEXT NOT NULL,
          code_challenge TEXT
        )
        """,
        "CREATE INDEX grants_by_user ON grants (user_id, created_at)",
        "CREATE INDEX grants_by_client ON grants (client_id, created_at)",
        """
        CREATE TABLE events (
          id INTEGER PRIMARY KEY,
          at BIGINT NOT NULL,
          kind TEXT NOT NULL,
          grant_id BLOB,
          user_id BIGINT,
          client_id TEXT,
          detail TEXT NOT NULL
        )
        """,
        "CREATE INDEX events_by_user ON events (user_id, id)",
        """
        CREATE TABLE companies (
          tenant_id BIGINT NOT NULL REFERENCES tenants (id),
          id BIGINT NOT NULL,
          name TEXT NOT NULL,
          normal_name TEXT NOT NULL,
          PRIMARY KEY (tenant_id, id),
          UNIQUE (tenant_id, normal_name)
        )
        """,
        // The document is the whole contact; the other columns are normal forms of it that lists filter and sort by.
        """
        CREATE TABLE contacts (
          tenant_id BIGINT NOT NULL REFERENCES tenants (id),
          id BIGINT NOT NULL,
          revision BIGINT NOT NULL,
          document BLOB NOT NULL,
          email TEXT,
          given_name TEXT,
          family_name TEXT,
          middle_name TEXT,
          company_id BIGINT,
          created_at BIGINT NOT NULL,
          updated_at BIGINT NOT NULL,
          created_by BLOB NOT NULL,
          updated_by BLOB NOT NULL,
          PRIMARY KEY (tenant_id, id)
        )
        """,
        "CREATE INDEX contacts_by_email ON contacts (tenant_id, email, id)",
        "CREATE INDEX contacts_by_name ON contacts (tenant_id, family_name, given_name, id)",
        "CREATE INDEX contacts_by_update ON contacts (tenant_id, updated_at, id)",
        """
        CREATE TABLE match_keys (
          tenant_id BIGINT NOT NULL,
          rule TEXT NOT NULL,
          value TEXT NOT NULL,
          contact_id BIGINT NOT NULL,
          PRIMARY KEY (tenant_id, rule, value)
        )
        """,
        "CREATE INDEX match_keys_by_contact ON match_keys (tenant_id, contact_id)",
        // Addresses that opted out; they are kept when their contact goes.
        """
        CREATE TABLE opt_outs (
          tenant_id BIGINT NOT NULL,
          email TEXT NOT NULL,
          status TEXT NOT NULL,
          PRIMARY KEY (tenant_id, email)
        )
        """,
      ]),
    Migration(
      2,
      [
        // What lists filter and sort by, beside the e-mail address, the family name and the last change.
        "CREATE INDEX contacts_by_given_name ON contacts (tenant_id, given_name, id)",
        "CREATE INDEX contacts_by_middle_name ON contacts (tenant_id, middle_name, id) WHERE middle_name IS NOT NULL",
        "CREATE INDEX contacts_by_company ON contacts (tenant_id, company_id, id) WHERE company_id IS NOT NULL",
        "CREATE INDEX contacts_by_creation ON contacts (tenant_id, created_at, id)",
        // An attempt to sign in is counted when it begins: for a name at an address, and for all names at that address, where
        // the name is empty. A name is the SHA-256 of an e-mail address, whether or not there is such a user. `signed_in_at` is
        // the last time that somebody signed in with the name from there.
        "DROP TABLE sign_in_failures",
        """
        CREATE TABLE sign_in_attempts (
          name BLOB NOT NULL,
          address TEXT NOT NULL,
          count BIGINT NOT NULL,
          last_at BIGINT NOT NULL,
          signed_in_at BIGINT,
          PRIMARY KEY (name, address)
        )
        """,
        // Counts the passwords that a person has had, so that what was judged by an old one does not outlive it.
        "ALTER TABLE users ADD COLUMN password_version BIGINT NOT NULL DEFAULT 1",
        "CREATE INDEX sessions_by_user ON sessions (user_id)",
        // Links by which a person who forgot the password sets a new one, each once.
        """
        CREATE TABLE password_resets (
          hash BLOB PRIMARY KEY,
          user_id BIGINT NOT NULL REFERENCES users (id),
          ends_at BIGINT NOT NULL
        )
        """,
      ]),
    customFields, tags, companies, notes, tasks, values, emailStatuses, links, users,
    recordValues, repeats, dialects, hooks, calls, ownTokens, ownTokenNames, callBound, hookRevisions,
    matchKeys, keptTotals, contactEmails,
  ]
}
