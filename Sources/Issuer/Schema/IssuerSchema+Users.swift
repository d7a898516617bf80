import Contacts
import Store

extension IssuerSchema {
  /// What the members of a tenant are listed by.
  static let users = Migration(
    11,
    [
      // Normal forms of what stands before and behind the first space of the name.
      "ALTER TABLE users ADD COLUMN given_form TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE users ADD COLUMN family_form TEXT NOT NULL DEFAULT ''",
      "CREATE INDEX memberships_by_tenant ON memberships (tenant_id, user_id, since)",
    ],
    rewrite: { db in
      for row in try db.rows("SELECT id, name FROM users") {
        let user = BasicUser(id: try row["id"], name: try row["name"])
        try db.execute(
          "UPDATE users SET given_form = $2, family_form = $3 WHERE id = $1", user.id, user.givenForm, user.familyForm)
      }
    })
}
