import Store

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
        // One grant that we hold. `epoch` rises with each approval, `generation` with each token that comes, `version` with
        // every change of tokens or state. The lease says who may start a refresh, the intent what was presented and not yet
        // answered for certain. `spent` is the token that the present one was got with; `spare` is from another answer to it,
        // kept in case the present one is refused.
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
      ]),
    Migration(
      2,
      [
        // A row that may be older than what the provider has issued is not refreshed until an operator or a check says so.
        "ALTER TABLE connections ADD COLUMN quarantined_at BIGINT",
        "ALTER TABLE connections ADD COLUMN quarantine TEXT",
        // When `retry_at` was set: a wall clock that is behind that moment was set back, and the pause is over.
        "ALTER TABLE connections ADD COLUMN retry_from BIGINT",
        // The provider's clock against the machine's own, in milliseconds, as long as the machine has not restarted.
        "ALTER TABLE connections ADD COLUMN clock_boot TEXT",
        "ALTER TABLE connections ADD COLUMN clock_offset BIGINT",
        // The store's count of changes when this row last changed: whoever follows the store reads what is newer. Whoever
        // changes a row raises the count; a row is never removed.
        "ALTER TABLE connections ADD COLUMN touched BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX connections_by_touch ON connections (touched)",
        "ALTER TABLE api_keys ADD COLUMN touched BIGINT NOT NULL DEFAULT 0",
        "CREATE INDEX api_keys_by_touch ON api_keys (touched)",
        "ALTER TABLE clients ADD COLUMN touched BIGINT NOT NULL DEFAULT 0",
        // One row of counts. `landings` is also in the witness; `quarantines` rises with each restored backup that is noticed;
        // `event_head` is the end of the chain of events, of which there are `event_count`.
        """
        CREATE TABLE store_state (
          id BIGINT PRIMARY KEY,
          store TEXT NOT NULL,
          landings BIGINT NOT NULL,
          touches BIGINT NOT NULL,
          quarantines BIGINT NOT NULL,
          event_count BIGINT NOT NULL,
          event_head BLOB
        )
        """,
        "INSERT INTO store_state (id, store, landings, touches, quarantines, event_count) VALUES (1, '', 0, 0, 0, 0)",
        "ALTER TABLE events ADD COLUMN link BLOB",
        // What running processes and journals hold that is newer than a quarantined row; offered, never written over it.
        """
        CREATE TABLE offers (
          connection TEXT NOT NULL,
          fingerprint BLOB NOT NULL,
          epoch BIGINT NOT NULL,
          generation BIGINT NOT NULL,
          access_token BLOB NOT NULL,
          access_from BIGINT NOT NULL,
          access_until BIGINT NOT NULL,
          refresh_token BLOB NOT NULL,
          refresh_until BIGINT,
          process TEXT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (connection, fingerprint)
        )
        """,
        // Which running process has looked through its memory after which restored backup.
        """
        CREATE TABLE offerings (
          process TEXT NOT NULL,
          quarantine BIGINT NOT NULL,
          PRIMARY KEY (process, quarantine)
        )
        """,
      ]),
    Migration(
      3,
      [
        // What a client's connections ask for, where that is not what the provider's entry names; blanks between.
        "ALTER TABLE clients ADD COLUMN scopes TEXT",
        // Where operators are told of trouble; what a channel must keep to itself is sealed in `secret`.
        """
        CREATE TABLE alert_channels (
          name TEXT PRIMARY KEY,
          settings TEXT NOT NULL,
          secret BLOB,
          created_at BIGINT NOT NULL
        )
        """,
        // One trouble with one subject, from its beginning to its end; `kind` and `since` move as it gets worse. What is the
        // same trouble at another time has another `occurrence`.
        """
        CREATE TABLE alerts (
          id TEXT PRIMARY KEY,
          topic TEXT NOT NULL,
          subject TEXT NOT NULL,
          occurrence BIGINT NOT NULL,
          kind TEXT NOT NULL,
          since BIGINT NOT NULL,
          what TEXT NOT NULL,
          next_step TEXT NOT NULL,
          began_at BIGINT NOT NULL,
          ended_at BIGINT,
          ending TEXT
        )
        """,
        "CREATE UNIQUE INDEX alerts_open ON alerts (topic, subject) WHERE ended_at IS NULL",
        // What each channel is told of it: `step` is a kind, `link`, `over` or `test`. While `claimed_until` lies ahead, a
        // process sends it.
        """
        CREATE TABLE alert_deliveries (
          alert TEXT NOT NULL REFERENCES alerts (id),
          channel TEXT NOT NULL REFERENCES alert_channels (name),
          step TEXT NOT NULL,
          queued_at BIGINT NOT NULL,
          attempts BIGINT NOT NULL DEFAULT 0,
          retry_at BIGINT NOT NULL,
          claimed_until BIGINT,
          delivered_at BIGINT,
          trouble TEXT,
          PRIMARY KEY (alert, channel, step)
        )
        """,
        // A link by which a person approves again, stored hashed; it counts for the approval that it shall replace.
        """
        CREATE TABLE approval_links (
          hash BLOB PRIMARY KEY,
          connection TEXT NOT NULL,
          epoch BIGINT NOT NULL,
          ends_at BIGINT NOT NULL
        )
        """,
        "ALTER TABLE attempts ADD COLUMN link BLOB",
        // How often a job is expected to call, in milliseconds.
        "ALTER TABLE api_keys ADD COLUMN expect_every BIGINT",
      ]),
    // A lease ends by the clock alone.
    Migration(4, ["ALTER TABLE connections DROP COLUMN lease_boot"]),
    Migration(
      5,
      [
        // Since when the operator lets no call through.
        "ALTER TABLE connections ADD COLUMN paused_at BIGINT",
        // The calls of each key by day, counted from 1970 in UTC; `failures` are those not answered with success.
        """
        CREATE TABLE key_days (
          key TEXT NOT NULL,
          day BIGINT NOT NULL,
          calls BIGINT NOT NULL,
          failures BIGINT NOT NULL,
          PRIMARY KEY (key, day)
        )
        """,
        // What opens the console, stored hashed: `kind` is a link, good once, or the session that it begins.
        """
        CREATE TABLE console_passes (
          hash BLOB PRIMARY KEY,
          kind TEXT NOT NULL,
          ends_at BIGINT NOT NULL
        )
        """,
      ]),
    Migration(
      6,
      [
        // The refresh token of an offer may have been sealed under an earlier generation than its access token, and may be
        // known by its fingerprint alone.
        """
        CREATE TABLE offers_anew (
          connection TEXT NOT NULL,
          fingerprint BLOB NOT NULL,
          epoch BIGINT NOT NULL,
          generation BIGINT NOT NULL,
          access_token BLOB NOT NULL,
          access_from BIGINT NOT NULL,
          access_until BIGINT NOT NULL,
          refresh_token BLOB,
          refresh_generation BIGINT,
          refresh_until BIGINT,
          process TEXT NOT NULL,
          at BIGINT NOT NULL,
          PRIMARY KEY (connection, fingerprint)
        )
        """,
        """
        INSERT INTO offers_anew SELECT connection, fingerprint, epoch, generation, access_token, access_from, access_until,
          refresh_token, generation, refresh_until, process, at FROM offers
        """,
        "DROP TABLE offers",
        "ALTER TABLE offers_anew RENAME TO offers",
        // When the row was set apart, by the machine's own clock in milliseconds since boot.
        "ALTER TABLE connections ADD COLUMN quarantined_uptime BIGINT",
        // When a check found that the provider no longer accepts what is left.
        "ALTER TABLE connections ADD COLUMN quarantine_refused_at BIGINT",
        // The machine that last worked on the store, hashed; NULL where no machine could be told.
        "ALTER TABLE store_state ADD COLUMN machine TEXT",
      ]),
    Migration(
      7,
      [
        // The order of successes, refusals and changes of a client is told by the store's count of changes, and by no clock.
        // What happened before this version keeps the order of its times and comes before all that is counted. `app_changed` is
        // when another app was last set behind a client's name.
        "ALTER TABLE connections ADD COLUMN proven BIGINT",
        "ALTER TABLE connections ADD COLUMN refused BIGINT",
        "UPDATE connections SET proven = refreshed_at - 9000000000000, refused = refused_at - 9000000000000",
        "ALTER TABLE connections DROP COLUMN refused_at",
        "ALTER TABLE clients ADD COLUMN changed BIGINT NOT NULL DEFAULT 0",
        "UPDATE clients SET changed = changed_at - 9000000000000",
        "ALTER TABLE clients ADD COLUMN app_changed BIGINT",
        // Since when the provider has switched a grant off, while it says that the grant stands.
        "ALTER TABLE connections ADD COLUMN suspended_at BIGINT",
      ]),
    Migration(
      8,
      [
        // Whether a notice that was delivered had a link. Notices from before this column are taken to have had one.
        "ALTER TABLE alert_deliveries ADD COLUMN has_link BIGINT NOT NULL DEFAULT 0",
        "UPDATE alert_deliveries SET has_link = 1",
      ]),
    Migration(
      9,
      [
        // Whether the secret was set again as it was: then it is right, and refusals are not blamed on a change of it.
        "ALTER TABLE clients ADD COLUMN is_vouched BIGINT NOT NULL DEFAULT 0"
      ]),
    // What ails a connection or a client is data: `reason`, `trouble`, `quarantine` and `stopped` hold JSON.
    Migration(
      10, ["UPDATE connections SET reason = NULL WHERE state = 'disconnected'"], rewrite: EarlierSentences.rewrite),
  ]
}
