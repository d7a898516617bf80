import Issuer
import OAuth
import Wire

/// Who is signed in, for the top of a page.
struct Person {
  var name: String
  var email: String
  var csrf: String

  init(_ session: Session) {
    name = session.name
    email = session.email
    csrf = session.csrf.exposed
  }
}

struct NoticePage: Page {
  static let template = "notice"
  var title: String
  var person: Person?
  var sentence: String
  var reference: String?
}

struct SignInPage: Page {
  static let template = "signin"
  let title = "Sign in"
  /// Whether an app waits for an approval.
  var forApp: Bool
  var trouble: String?
  /// Where to go afterwards: a path of ours.
  var next: String
  var email: String
  /// What ties the form to the browser.
  var form: String
}

/// Where a person sets a new password: on the way from the account page, or from a link that the operator made.
struct PasswordPage: Page {
  static let template = "password"
  let title = "Set a new password"
  var person: Person?
  /// Where the form goes.
  var action: String
  /// The form's token; without a link, the old password is asked for.
  var csrf: String?
  var link: String?
  var trouble: String?

  init(_ session: Session, trouble: String? = nil) {
    person = Person(session)
    action = "/account/password"
    csrf = session.csrf.exposed
    self.trouble = trouble
  }

  init(link: Secret, trouble: String? = nil) {
    action = "/reset"
    self.link = link.exposed
    self.trouble = trouble
  }
}

struct ConsentPage: Page {
  static let template = "consent"
  struct Place {
    var id: Int64
    var name: String
  }

  let title = "Approve an app"
  var person: Person
  var approval: String
  var csrf: String
  var app: String
  var host: String
  var onlyTenant: Place?
  var choosesTenant: Bool
  var tenants: [Place]
  var scopes: [String]
  var window: String

  init(_ consent: Consent, person: Person) {
    self.person = person
    approval = consent.approvalID
    csrf = consent.csrf.exposed
    app = consent.clientName
    host = Loopback.isName(consent.clientHost) ? "this computer (\(consent.clientHost))" : consent.clientHost
    tenants = consent.tenants.map { Place(id: $0.id, name: $0.name) }
    onlyTenant = tenants.count == 1 ? tenants[0] : nil
    choosesTenant = tenants.count > 1
    scopes = consent.scopes.map(\.plainWords)
    window = consent.refreshWindow.written
  }
}

struct AccountPage: Page {
  static let template = "account"
  struct Approval {
    var id: String
    var app: String
    var tenant: String
    var scopes: [String]
    var approved: String
    var lastUsed: String
    var calls: String
    var chart: CallChart
    var endedAt: String
    var endedBy: String
    var suspension: String?
  }

  struct Event {
    var date: String
    var subject: String?
    var sentence: String
  }

  let title = "Your account"
  var person: Person
  var csrf: String
  var notice: String?
  var living: [Approval]
  var ended: [Approval]
  var hasEnded: Bool
  /// The tenants that the person owns.
  var owned: [ConsentPage.Place]
  var ownsAny: Bool
  /// What happened, newest first.
  var events: [Event]
  var hasEvents: Bool

  init(_ approvals: [ApprovalSummary], owned: [Tenant], events: [UserEvent], session: Session, notice: String?) {
    person = Person(session)
    csrf = session.csrf.exposed
    self.notice = notice
    living = approvals.filter { $0.endedAt == nil }.map(Approval.init)
    ended = approvals.filter { $0.endedAt != nil }.map(Approval.init)
    hasEnded = !ended.isEmpty
    self.owned = owned.map { ConsentPage.Place(id: $0.id, name: $0.name) }
    ownsAny = !owned.isEmpty
    self.events = events.map { Event(date: $0.at.written, subject: $0.subject, sentence: $0.detail) }
    hasEvents = !events.isEmpty
  }
}

extension AccountPage.Approval {
  init(_ summary: ApprovalSummary) {
    id = summary.grantID
    app = summary.clientName
    tenant = summary.tenantName
    scopes = summary.scopes
    approved = summary.approvedAt.written
    lastUsed = summary.lastUsedAt?.written ?? "not yet"
    calls = String(summary.calls)
    chart = CallChart(summary.days, id: summary.grantID)
    endedAt = summary.endedAt?.written ?? ""
    endedBy = summary.endedBy ?? ""
    suspension = summary.suspension
  }
}
