/// The keeper's tables, step by step.
package enum KeeperSchema {
  package static let migrations = [
    Migration(
      1,
      [
        """
        CREATE TABLE clients (
          name TEXT PRIMARY KEY,
          provider TEXT NOT NULL,
          client_id TEXT NOT NULL,
          secret BLOB,
          redirect_uri TEXT,
          base_url TEXT,
          changed_at BIGINT NOT NULL,
          stopped TEXT
        )
        """,
        // One grant that we hold. `epoch` counts approvals, `generation` landings within one, `version` every change of tokens
        // or state. The lease says who may start a refresh, the intent what was presented and not yet answered for certain.
        // `spent` is the token that the present one was got with; `spare` another answer to it, kept in case ours is refused.
        """
        CREATE TABLE connections (
          name TEXT PRIMARY KEY,
          client TEXT NOT NULL REFERENCES clients (name),
          state TEXT NOT NULL,
          reason TEXT,
          epoch BIGINT NOT NULL,
          generation BIGINT NOT NULL,
          version BIGINT NOT NULL,
          tenant TEXT,
          approver TEXT,
          scope TEXT,
          access_token BLOB,
          access_from BIGINT,
          access_until BIGINT,
          refresh_token BLOB,
          refresh_generation BIGINT,
          refresh_fingerprint BLOB,
          refresh_until BIGINT,
          spent_fingerprint BLOB,
          spare_token BLOB,
          spare_fingerprint BLOB,
          refreshed_at BIGINT,
          refused_at BIGINT,
          clock_skew BIGINT NOT NULL DEFAULT 0,
          lease_holder TEXT,
          lease_boot TEXT,
          lease_until BIGINT,
          intent_epoch BIGINT,
          intent_generation BIGINT,
          intent_fingerprint BLOB,
          intent_at BIGINT,
          intent_process TEXT,
          retry_at BIGINT,
          failures BIGINT NOT NULL DEFAULT 0,
          trouble TEXT,
          created_at BIGINT NOT NULL
        )
        """,
        // An authorization that a person has begun and not ended: `state` is stored hashed, the verifier sealed.
        """
        CREATE TABLE attempts (
          state_hash BLOB PRIMARY KEY,
          connection TEXT NOT NULL,
          client TEXT NOT NULL,
          redirect_uri TEXT NOT NULL,
          verifier BLOB,
          ends_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE api_keys (
          name TEXT PRIMARY KEY,
          hash BLOB NOT NULL UNIQUE,
          connection TEXT NOT NULL REFERENCES connections (name),
          rules TEXT NOT NULL,
          hands_out_tokens BIGINT NOT NULL,
          created_at BIGINT NOT NULL,
          ends_at BIGINT NOT NULL,
          revoked_at BIGINT,
          last_used_at BIGINT
        )
        """,
        """
        CREATE TABLE events (
          id INTEGER PRIMARY KEY,
          at BIGINT NOT NULL,
          connection TEXT NOT NULL,
          kind TEXT NOT NULL,
          detail TEXT NOT NULL
        )
        """,
        "CREATE INDEX events_by_connection ON events (connection, id)",
      ])
  ]
}
