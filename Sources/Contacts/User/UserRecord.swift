import Wire

/// A member of the tenant as apps are told of them.
package struct UserRecord: Hashable, Sendable {
  package var user: BasicUser
  /// Since when a member, in milliseconds since 1970.
  package var since: Int64
  /// Whether the operator lets the person in.
  package var isActive: Bool

  package init(user: BasicUser, since: Int64, isActive: Bool) {
    self.user = user
    self.since = since
    self.isActive = isActive
  }
}

extension BasicUser {
  /// What users are filtered and sorted by, in normal form: empty where there is nothing.
  package var givenForm: String { givenName.map(NormalForm.name) ?? "" }

  package var familyForm: String { familyName.map(NormalForm.name) ?? "" }
}

extension KeapV1 {
  package static func user(_ record: UserRecord) -> JSON {
    let user = record.user
    var members: [String: JSON] = [
      "id": .integer(user.id), "global_user_id": .integer(user.id), "partner": false,
      "status": .string(record.isActive ? "Active" : "Inactive"), "date_created": .string(KeapTime.v1(record.since)),
    ]
    members["given_name"] = user.givenName.map(JSON.string)
    members["family_name"] = user.familyName.map(JSON.string)
    members["email_address"] = user.email.map(JSON.string)
    members["infusionsoft_id"] = user.email.map(JSON.string)
    return .object(members)
  }
}

extension KeapV2 {
  package static func user(_ record: UserRecord) -> JSON {
    let user = record.user, id = JSON.string(String(user.id))
    var members: [String: JSON] = [
      "id": id, "global_user_id": id, "admin": false, "partner": false,
      "status": .string(record.isActive ? "ACTIVE" : "INACTIVE"), "create_time": .string(KeapTime.v2(record.since)),
    ]
    members["given_name"] = user.givenName.map(JSON.string)
    members["family_name"] = user.familyName.map(JSON.string)
    members["keap_id"] = user.email.map(JSON.string)
    members["email_addresses"] = user.email.map { [["email": .string($0), "field": "EMAIL1"]] }
    return .object(members)
  }
}
