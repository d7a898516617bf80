import Contacts
import Wire
import XMLRPC

/// `APIEmailService` and `FunnelService`.
extension Bridge {
  func emailService(_ method: BridgeMethod, _ arguments: Arguments) async throws -> XMLRPCValue {
    let email = NormalForm.trimmed(try arguments.string("email"))
    guard email.contains("@"), !email.contains(where: { "/\\%?#".contains($0) || $0.isWhitespace }) else {
      throw ServiceFault.invalidParameter("REST has no place for this e-mail address")
    }
    let path = "/crm/rest/v2/emailAddresses/\(PercentEncoding.encode(email))/status"
    switch method.name {
    case "APIEmailService.getOptStatus":
      return .int(Self.standing(try await upstream.call("GET", path)["status"]?.string))
    case "APIEmailService.optIn", "APIEmailService.optOut":
      let isIn = method.name == "APIEmailService.optIn"
      let reason = try arguments.string("reason")
      try await upstream.call("PATCH", path, body: ["opted_in": .bool(isIn), "reason": .string(reason)])
      return true
    default: throw Self.unhandled(method)
    }
  }

  /// 2 for who opted in and confirmed it, 1 for who opted in, 0 for who may get nothing.
  private static func standing(_ status: String?) -> Int32 {
    switch status {
    case "DOUBLE_OPT_IN", "CONFIRMED": 2
    case "SINGLE_OPT_IN", "UNENGAGED_MARKETABLE": 1
    default: 0
    }
  }

  /// A goal that is achieved can begin what cannot be taken back, so this is sent once, whatever comes.
  func achieveGoal(_ arguments: Arguments) async throws -> XMLRPCValue {
    let json = try await upstream.call(
      "POST", "/crm/rest/v2/automations/goals/achieve",
      body: [
        "integration": .string(try arguments.string("integration")),
        "call_name": .string(try arguments.string("callName")),
        "contact_id": .integer(Int64(try arguments.number("contactId"))),
      ])
    return .array(
      (json["results"]?.array ?? []).map { result in
        var members: [String: XMLRPCValue] = ["success": .bool(result["success"]?.bool ?? false)]
        members["msg"] = result["message"]?.string.map(XMLRPCValue.string)
        for (name, key) in [("goalId", "goal_id"), ("funnelId", "automation_id")] {
          members[name] = result[key]?.integer.map { number in
            Int32(exactly: number).map(XMLRPCValue.int) ?? .string(String(number))
          }
        }
        return .structure(members)
      })
  }
}
