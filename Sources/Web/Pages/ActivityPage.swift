import Issuer
import Operator
import Wire

/// What was called by one approval.
struct ActivityPage: Page {
  static let template = "activity"

  struct Count {
    var words: String
    var calls: String
  }

  /// One of the values that a list can be filtered by.
  struct Choice {
    var value: String
    var words: String
    var isChosen: Bool
  }

  struct Call {
    var at: String
    var what: String
    var status: String
    var address: String
  }

  let title = "What an app called"
  var person: Person
  var app: String
  var tenant: String
  var approval: String
  var total: String
  var lastUsed: String
  var kept: String
  /// How many are kept, of all approvals.
  var most: String
  var chart: CallChart
  var shapes: [Count]
  var addresses: [Count]
  var hasMoreAddresses: Bool
  var methods: [Choice]
  var paths: [Choice]
  var statuses: [Choice]
  var places: [Choice]
  var day: String
  var isFiltered: Bool
  var matching: String
  var calls: [Call]
  var hasCalls: Bool
  /// Where older calls are.
  var older: String?
  /// Where the newest are, on a page that does not have them.
  var newest: String?

  init(_ activity: CallActivity, _ form: ActivityForm, isFirst: Bool, session: Session) {
    let filter = form.filter
    person = Person(session)
    app = activity.approval.clientName
    tenant = activity.approval.tenantName
    approval = activity.approval.grantID
    total = String(activity.approval.calls)
    lastUsed = activity.approval.lastUsedAt?.written ?? "not yet"
    kept = Issuer.callsKept.written
    most = "\(Issuer.mostCallsKept / 1_000_000) million"
    chart = CallChart(activity.approval.days, id: approval)
    shapes = activity.shapes.map {
      Count(words: "\($0.shape.method) \($0.shape.path)", calls: $0.calls.counted("time"))
    }
    addresses = activity.addresses.map { Count(words: $0.address, calls: $0.calls.counted("time")) }
    hasMoreAddresses = activity.hasMoreAddresses
    func choices(_ values: [String], _ chosen: String?) -> [Choice] {
      // What is chosen stays to be seen, also where nothing was called so.
      Set(values + (chosen.map { [$0] } ?? [])).sorted().map { Choice(value: $0, words: $0, isChosen: $0 == chosen) }
    }
    methods = choices(activity.shapes.map(\.shape.method), filter.method)
    paths = choices(activity.shapes.map(\.shape.path), filter.path)
    places = choices(activity.addresses.map(\.address), filter.address)
    statuses = [(2, "done"), (3, "sent elsewhere"), (4, "refused"), (5, "failed on our side")].map {
      Choice(value: String($0), words: "\($0)xx, \($1)", isChosen: $0 == filter.statusClass)
    }
    day = filter.day.map(ActivityForm.text) ?? ""
    isFiltered = filter != CallFilter()
    matching = activity.matching.counted("call")
    calls = activity.calls.map { call in
      Call(
        at: call.at.readable, what: "\(call.shape.method) \(call.shape.path)",
        status: call.status.map(String.init) ?? "done, answer not known", address: call.address)
    }
    hasCalls = !calls.isEmpty
    older = activity.next.map { form.address(from: $0) }
    newest = isFirst ? nil : form.address()
  }
}

/// What apps call in a tenant, for its owners.
struct TenantPage: Page {
  static let template = "tenant"

  struct App {
    var name: String
    var calls: String
    var lastDay: String
  }

  let title = "Apps in your tenant"
  var person: Person
  var tenant: String
  var kept: String
  var apps: [App]
  var hasApps: Bool

  init(_ tenant: Tenant, _ apps: [AppUse], session: Session) {
    person = Person(session)
    self.tenant = tenant.name
    kept = Issuer.callsKept.written
    self.apps = apps.map {
      App(name: $0.name, calls: String($0.calls), lastDay: ActivityForm.text(ofDay: $0.lastDay))
    }
    hasApps = !apps.isEmpty
  }
}

extension CallChart {
  init(_ days: [DayOfCalls], id: String) {
    self.init(days.map { CallDay(calls: $0.calls, failures: $0.refused) }, id: id)
  }
}
