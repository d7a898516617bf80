import Contacts
import Hummingbird
import Issuer
import Wire

/// The API that speaks Keap's REST v1 and v2, on the issuer's contacts.
struct KeapAPI: Sendable {
  var issuer: Issuer
  private static let longestBody = 1 << 20

  /// - Throws: 401 where no gate has let this call in.
  func caller(_ context: SiteContext) throws(SiteFailure) -> Caller {
    guard let caller = context.caller else { throw SiteFailure(.unauthorized) }
    return caller
  }

  func json(_ request: Request) async throws -> JSON {
    let bytes = try await request.bytes(atMost: Self.longestBody)
    do {
      return try JSON.parse(bytes)
    } catch {
      throw KeapRefusal(.badRequest, "The body is \(error)")
    }
  }

  /// The identifier in the path. What is no number names nothing.
  func id(_ context: SiteContext, _ noun: String, in parameter: String = "id") throws(KeapRefusal) -> Int64 {
    guard let text = context.parameters.get(parameter), let id = Int64(text) else {
      throw KeapRefusal(.notFound, "Unable to find this \(noun)")
    }
    return id
  }

  func parameters(_ request: Request) throws -> [(name: String, value: String)] { try request.query().pairs }

  /// A page of a list of REST v1.
  /// - Parameters:
  ///   - path: the list's own, below the version.
  ///   - repeated: the parameters that its links to other pages repeat where they say something. A token in the query is none
  ///     of them.
  ///   - order: what the links say that it is sorted by where the request does not; nil for nothing.
  func list<Record>(
    _ key: String, _ page: RecordPage<Record>, _ asked: PageRequest, at path: String, _ request: Request,
    _ repeated: Set<String> = [], orderedBy order: String? = nil, _ form: (Record) -> JSON
  ) throws -> Response {
    var pairs = try parameters(request).filter { repeated.contains($0.name) && !$0.value.isEmpty }
    if let order, !pairs.contains(where: { $0.name == "order" }) { pairs.append(("order", order)) }
    return .json(
      KeapV1.list(
        key, page.records.map(form), total: page.total ?? page.records.count, page: asked,
        address: issuer.settings.issuer + "/crm/rest/v1/\(path)/",
        asked: pairs))
  }
}

extension KeapAPI {
  func userInfo(_ request: Request, _ context: SiteContext) throws -> Response { .json(try info(context).v1) }

  func userInfoV2(_ request: Request, _ context: SiteContext) throws -> Response { .json(try info(context).v2) }

  private func info(_ context: SiteContext) throws -> KeapUserInfo {
    let caller = try caller(context)
    let name = caller.userName.split(separator: " ", maxSplits: 1).map(String.init)
    return KeapUserInfo(
      email: caller.userEmail, givenName: name.first ?? "", familyName: name.count > 1 ? name[1] : "",
      globalUserID: caller.userID, isAdmin: false, subject: String(caller.userID),
      tenantID: caller.tenantHost)
  }
}
