import Wire

extension Diagnosis {
  /// What is said of the day on which a person is needed; nil where no such day is near.
  package var warning: Situation.Words? {
    guard forecast.isNear, let end = forecast.personNeededBy else { return nil }
    let name = evidence.row.name, title = evidence.client.provider.title, date = end.readable(from: evidence.now)
    guard evidence.row.refresh != nil else {
      return Situation.Words(
        happened: "\(title) gave no refresh token, and the access token ends \(date)",
        next: besidesPause("Approve again before then: \(evidence.client.renewal(of: name))"))
    }
    return Situation.Words(
      happened: evidence.now < end
        ? "\(title) forgets the grant at \(date) if it is not refreshed before"
        : "\(title) may have forgotten the grant at \(date): it was not refreshed before",
      next: besidesPause("Refresh it now: evergrant refresh \(name) --force"))
  }
}
