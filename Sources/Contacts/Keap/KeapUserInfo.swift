import Wire

/// Who a token acts for: `GET /crm/rest/v1/oauth/connect/userinfo` and its v2 sibling.
package struct KeapUserInfo: Hashable, Sendable {
  package var email: String
  package var givenName: String
  package var familyName: String
  package var middleName: String?
  package var preferredName: String?
  package var globalUserID: Int64
  package var isAdmin: Bool
  package var subject: String
  /// Said by v2 alone.
  package var tenantID: String?

  package init(
    email: String, givenName: String, familyName: String, globalUserID: Int64, isAdmin: Bool, subject: String,
    tenantID: String? = nil
  ) {
    self.email = email
    self.givenName = givenName
    self.familyName = familyName
    self.globalUserID = globalUserID
    self.isAdmin = isAdmin
    self.subject = subject
    self.tenantID = tenantID
  }

  package var v1: JSON {
    var members = shared
    members["middle_name"] = middleName.map(JSON.string) ?? .null
    members["preferred_name"] = preferredName.map(JSON.string) ?? .null
    members["global_user_id"] = .integer(globalUserID)
    members["infusionsoft_id"] = .string(email)
    return .object(members)
  }

  package var v2: JSON {
    var members = shared
    members["middle_name"] = middleName.map(JSON.string)
    members["preferred_name"] = preferredName.map(JSON.string)
    members["id"] = .string(String(globalUserID))
    members["keap_id"] = .string(email)
    members["tenant_id"] = tenantID.map(JSON.string)
    return .object(members)
  }

  private var shared: [String: JSON] {
    [
      "email": .string(email), "given_name": .string(givenName), "family_name": .string(familyName),
      "is_admin": .bool(isAdmin), "sub": .string(subject),
    ]
  }

  /// Reads either version's answer; nil when it names nobody.
  package init?(_ json: JSON) {
    guard let email = json["email"]?.string, let subject = json["sub"]?.string else { return nil }
    let id = json["global_user_id"]?.integer ?? json["id"]?.string.flatMap { Int64($0) } ?? 0
    self.init(
      email: email, givenName: json["given_name"]?.string ?? "", familyName: json["family_name"]?.string ?? "",
      globalUserID: id, isAdmin: json["is_admin"]?.bool ?? false, subject: subject,
      tenantID: json["tenant_id"]?.string)
    middleName = json["middle_name"]?.string
    preferredName = json["preferred_name"]?.string
  }
}
