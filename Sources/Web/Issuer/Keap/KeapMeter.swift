import Contacts
import HTTPTypes
import Hummingbird
import Issuer

/// What Keap tells of its limits with each answer, and how it turns a call away that is one too many.
extension MeteredCall {
  /// Nil for a call that is served. Of a minute and a day is told when they are over; of a second it is not.
  var response: Response? {
    guard let refusal else { return nil }
    let overuse = refusal.span == .second ? KeapOveruse.spike(rate: refusal.limit) : .quota
    var response = Response.json(overuse.body, status: .tooManyRequests)
    if refusal.span != .second { response.headers[.retryAfter] = String(refusal.seconds) }
    return response
  }

  /// The fields that Keap's answers have, for each limit that there is.
  ///
  /// - Parameter host: names the tenant.
  func fields(_ host: String) -> [(name: String, value: String)] {
    var fields: [(String, String)] = []
    if let limit = app.limits[.second] { fields.append(("x-keap-product-spike-limit", "\(limit)ps")) }
    fields += told("x-keap-product-throttle", app, [.minute]) + told("x-keap-product-quota", app, [.day])
    if app.limits[.day] != nil {
      fields.append(("x-keap-product-quota-expiry-time", String(app.dayEndsAt.milliseconds)))
    }
    fields.append(("x-keap-tenant-id", host))
    return fields + told("x-keap-tenant-throttle", tenant, [.minute, .day])
  }

  /// Several spans stand in one field, with bars between.
  private func told(
    _ prefix: String, _ allowance: CallAllowance, _ spans: [CallLimits.Span]
  ) -> [(name: String, value: String)] {
    let spans = spans.filter { allowance.limits[$0] != nil }
    guard !spans.isEmpty else { return [] }
    func words(_ word: (CallLimits.Span) -> String) -> String { spans.map(word).joined(separator: "|") }
    return [
      ("limit", words { String(allowance.limits[$0] ?? 0) }), ("time-unit", words { "\($0)" }),
      ("interval", words { _ in "1" }), ("available", words { String(allowance.available($0) ?? 0) }),
      ("used", words { String(allowance.used($0)) }),
    ].map { (prefix + "-" + $0.0, $0.1) }
  }
}

extension Response {
  mutating func tell(_ call: MeteredCall, _ host: String) {
    for (name, value) in call.fields(host) {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
  }
}
