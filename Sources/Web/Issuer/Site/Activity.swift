import Hummingbird
import Issuer
import Wire

/// What apps have called: one approval's calls, for whoever gave it, and sums by app, for owners of a tenant (P28, P34).
extension IssuerSite {
  func activity(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    let fields = try request.query(), form = ActivityForm(fields)
    let place = fields["from"].flatMap(CallPlace.init)
    let found = try await issuer.activity(of: form.approval, form.filter, from: place, for: session)
    guard let found else {
      return pages.notice(
        "There is no such approval", "It is not one of yours.", status: .notFound, person: Person(session))
    }
    return .page(pages.html(ActivityPage(found, form, isFirst: place == nil, session: session)))
  }

  func tenantUse(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let session = try await session(request) else { return askToSignIn(request, next: ReturnPath("/account")) }
    let id = try request.query()["tenant"].flatMap { Int64(digits: $0) }
    guard let id, let (tenant, apps) = try await issuer.appUse(inTenant: id, for: session) else {
      return pages.notice(
        "There is no such tenant", "It is not one of yours.", status: .notFound, person: Person(session))
    }
    return .page(pages.html(TenantPage(tenant, apps, session: session)))
  }
}

/// What is asked of the list of calls, as the address of its page has it.
struct ActivityForm {
  var approval: String
  var filter: CallFilter

  init(_ fields: FormFields) {
    approval = fields["approval"] ?? ""
    filter = CallFilter(
      method: fields["method"], path: fields["path"],
      statusClass: fields["status"].flatMap { Int($0) }, address: fields["address"],
      day: fields["day"].flatMap(CalendarDate.init).flatMap { ISO8601.milliseconds("\($0)") }.map {
        Timestamp(milliseconds: $0).day
      })
  }

  /// - Parameter place: where the list goes on.
  func address(from place: CallPlace? = nil) -> String {
    var fields = FormFields([("approval", approval)])
    fields.append("method", filter.method)
    fields.append("path", filter.path)
    fields.append("status", filter.statusClass.map(String.init))
    fields.append("address", filter.address)
    fields.append("day", filter.day.map(Self.text))
    fields.append("from", place?.text)
    return "/account/activity?" + fields.encoded
  }

  static func text(ofDay day: Int64) -> String {
    Timestamp(milliseconds: day * Duration.days(1).milliseconds).readableDay
  }
}
