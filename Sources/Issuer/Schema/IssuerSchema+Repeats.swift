import Store

extension IssuerSchema {
  /// The answers to requests that name themselves, so that one that is sent again is not carried out again.
  static let repeats = Migration(
    13,
    [
      // `request` is the SHA-256 of what was asked. A grant has keys of its own.
      """
      CREATE TABLE kept_answers (
        grant_id BLOB NOT NULL,
        request_key TEXT NOT NULL,
        request BLOB NOT NULL,
        status BIGINT NOT NULL,
        body BLOB NOT NULL,
        ends_at BIGINT NOT NULL,
        PRIMARY KEY (grant_id, request_key)
      )
      """,
      "CREATE INDEX kept_answers_by_end ON kept_answers (ends_at)",
    ])
}
