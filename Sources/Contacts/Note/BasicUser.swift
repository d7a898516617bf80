import Wire

/// A user of the tenant, as far as apps are told. Of one who is no longer a member only the number is known.
package struct BasicUser: Hashable, Sendable {
  package var id: Int64
  package var name: String?
  package var email: String?

  package init(id: Int64, name: String? = nil, email: String? = nil) {
    self.id = id
    self.name = name
    self.email = email
  }

  var givenName: String? { name.map { String($0.prefix { $0 != " " }) } }

  var familyName: String? {
    guard let rest = name?.drop(while: { $0 != " " }).dropFirst(), !rest.isEmpty else { return nil }
    return String(rest)
  }

  /// As v1 writes who changed something last.
  var v1: JSON {
    var members: [String: JSON] = ["user_id": .integer(id)]
    members["given_name"] = givenName.map(JSON.string)
    members["family_name"] = familyName.map(JSON.string)
    return .object(members)
  }

  /// As v2 writes whom something is assigned to.
  var v2: JSON {
    var members: [String: JSON] = ["id": .string(String(id))]
    members["given_name"] = givenName.map(JSON.string)
    members["family_name"] = familyName.map(JSON.string)
    members["email_address"] = email.map(JSON.string)
    return .object(members)
  }
}
