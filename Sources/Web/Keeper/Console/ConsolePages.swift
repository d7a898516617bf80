import Keeper
import OAuth
import Operator
import Wire

/// What a form has done, as the next page says it, at the connection that it was done to.
struct ConsoleNotice: Equatable {
  enum Act: String {
    case revoked, paused, resumed, reconnected, reconnectedPaused = "reconnected_paused"
  }

  var act: Act
  var connection: String
  /// The key, where it was done to one.
  var key = ""

  var sentence: String {
    switch act {
    case .revoked: "The key \(key) is revoked. Its job is refused from now on."
    case .paused: "\(connection) is paused: no call goes through any more until you resume it. The grant is kept alive."
    case .resumed: "\(connection) is resumed: calls go through again."
    case .reconnected: "\(connection) is connected again, and the jobs go on with the keys that they have."
    case .reconnectedPaused:
      "\(connection) is connected again, and still paused: no call goes through until you resume it."
    }
  }
}

extension ConsoleNotice {
  /// The address of the page that says what was done. It carries a proof that this session did it, so that no link can put
  /// words there.
  func address(_ session: Secret) -> String {
    let fields = FormFields([
      ("done", act.rawValue), ("connection", connection), ("key", key), ("proof", proof(session)),
    ])
    return "/console?\(fields.encoded)#\(ConsolePage.Card.anchor(connection))"
  }

  /// Nil where the fields say nothing that was done here.
  init?(_ fields: FormFields, session: Secret) {
    guard let act = Act(rawValue: fields["done"] ?? "") else { return nil }
    self.init(act: act, connection: fields["connection"] ?? "", key: fields["key"] ?? "")
    guard Secret(proof(session)) == Secret(fields["proof"] ?? "") else { return nil }
  }

  private func proof(_ session: Secret) -> String {
    let words = [act.rawValue, connection, key].map { "\($0.utf8.count):\($0)" }.joined()
    return session.proof(of: "console notice \(words)").exposed
  }
}

struct ConsoleOutsidePage: Page {
  static let template = "consoleoutside"
  let title = "Console"
  /// Whether a link was followed that counts no more.
  var isStale: Bool
}

struct ConsoleDoorPage: Page {
  static let template = "consoledoor"
  let title = "Console"
}

struct ConsoleTroublePage: Page {
  static let template = "consoletrouble"
  var title: String
  var sentence: String
}

struct ConsoleReconnectPage: Page {
  static let template = "consolereconnect"
  let title = "Approve again"
  var connection: String
  var provider: String
  var address: String
  var redirectURI: String
  var form: String
}

struct ConsolePage: Page {
  static let template = "console"

  struct Fact {
    var label: String
    var value: String
  }

  struct Key {
    var name: String
    var connection: String
    var used: String
    var ends: String
    var rights: [String]
  }

  struct Card {
    var id: Int
    /// Where a page that says what was done goes to.
    var anchor: String
    /// What was done to it just now.
    var done: String?
    var name: String
    var provider: String
    var words: String
    /// The class of the mark: well, poor or off.
    var tone: String
    var trouble: String?
    /// How the trouble is shown: as an alert where there is something to do about it.
    var troubleClass: String
    var nextStep: String?
    var facts: [Fact]
    var chart: CallChart
    var keys: [Key]
    var isPaused: Bool
    var canPause: Bool
    var canReconnect: Bool
  }

  struct Alert {
    var title: String
    var what: String
    var nextStep: String?
    var moments: String
  }

  let title = "Console"
  var form: String
  /// What was done to a connection that is not shown.
  var notice: String?
  var summary: String
  var cards: [Card]
  /// What is not shown.
  var more: String?
  var alerts: [Alert]
  var over: [Alert]
  var hasOver: Bool

  /// How many connections one page has; those that need somebody come first.
  private static let most = 200

  init(_ view: ConsoleView, form: Secret, notice: ConsoleNotice?) {
    self.form = form.exposed
    let urgent = view.connections.filter(\.mustAct)
    let others = view.connections.filter { !$0.mustAct }
    let sorted = urgent + others.filter { $0.state != .disconnected } + others.filter { $0.state == .disconnected }
    summary = Self.summary(view.connections.count, urgent.count)
    cards = sorted.prefix(Self.most).enumerated().map { Card($1, id: $0, view, notice: notice) }
    self.notice = cards.contains { $0.done != nil } ? nil : notice?.sentence
    let rest = sorted.dropFirst(Self.most), restUrgent = rest.filter(\.mustAct).count
    more =
      rest.isEmpty
      ? nil
      : restUrgent == 0
        ? "\(rest.count) more that need nobody" : "\(rest.count) more, of which \(restUrgent) need somebody"
    alerts = view.alerts.filter { $0.endedAt == nil }.map(Alert.init)
    over = view.alerts.filter { $0.endedAt != nil }.map(Alert.init)
    hasOver = !over.isEmpty
  }

  private static func summary(_ count: Int, _ urgent: Int) -> String {
    switch (count, urgent) {
    case (0, _): "There is no connection yet. Make the first: evergrant setup keap --name shop"
    case (1, 0): "The connection is well, or heals by itself."
    case (_, 0): "All \(count) connections are well, or heal by themselves."
    case (1, _): "The connection needs somebody."
    default: "\(urgent) of \(count) connections need somebody; they come first."
    }
  }
}

extension ConsolePage.Card {
  static func anchor(_ connection: String) -> String { "at-\(connection)" }

  init(_ status: ConnectionStatus, id: Int, _ view: ConsoleView, notice: ConsoleNotice?) {
    self.id = id
    name = status.name
    anchor = Self.anchor(status.name)
    done = notice?.connection == status.name ? notice?.sentence : nil
    provider = status.provider
    isPaused = status.pausedAt != nil
    canPause = !isPaused && status.state != .disconnected
    words = isPaused ? "Paused" : Self.words(status)
    tone = isPaused || status.state == .disconnected ? "off" : status.isWell ? "well" : "poor"
    trouble = status.trouble
    troubleClass = tone == "poor" ? "alert" : "quiet"
    nextStep = status.nextStep
    canReconnect = !status.isByKey
    func moment(_ milliseconds: Int64) -> String { Timestamp(milliseconds: milliseconds).written }
    facts = [
      status.approver.map {
        (status.isByKey ? "Key of" : "Approved by", $0 + (status.tenant.map { " for \($0)" } ?? ""))
      },
      status.refreshedAt.map { ("Last refresh", moment($0)) },
      status.nextRefreshAt.map { ("Next refresh", moment($0)) },
      status.accessUntil.map { ("Access token until", moment($0)) },
      status.personNeededBy.map {
        (status.state == .needsApproval ? "A person is needed since" : "A person is needed by", moment($0))
      },
      status.pausedAt.map { ("Paused since", moment($0)) },
    ].compactMap(\.self).map { ConsolePage.Fact(label: $0.0, value: $0.1) }
    chart = CallChart(
      view.calls[status.name] ?? Array(repeating: CallDay(), count: ConsoleView.days), id: String(id))
    keys = status.keys.map {
      ConsolePage.Key(
        name: $0.name, connection: status.name, used: $0.lastUsedAt.map { "last used \(moment($0))" } ?? "never used",
        ends: "ends \(moment($0.endsAt))", rights: $0.allows)
    }
  }

  private static func words(_ status: ConnectionStatus) -> String {
    switch status.state {
    case .ok: "Works"
    case .needsApproval: "Needs a person"
    case .disconnected: "Disconnected"
    case .quarantined: status.isServed ? "Set apart, but served" : "Set apart"
    default: status.isServed ? "In trouble, but served" : "In trouble"
    }
  }
}

extension ConsolePage.Alert {
  init(_ alert: ConsoleView.Alert) {
    title = alert.title
    what = alert.what
    nextStep = alert.nextStep
    moments = "since \(alert.since.written)" + (alert.endedAt.map { ", over \($0.written)" } ?? "")
  }
}

/// The calls of each day as bars, in units of the picture.
struct CallChart {
  struct Bar {
    var x: Int
    var y: Int
    var height: Int
    var failedY: Int
    var failedHeight: Int
  }

  private static let height = 40, step = 10
  /// Tells the picture from others on its page.
  var id: String
  var width: Int
  var hasCalls: Bool
  var bars: [Bar]
  /// The picture in words.
  var words: String

  init(_ days: [CallDay], id: String) {
    self.id = id
    let most = days.map(\.calls).max() ?? 0, total = days.map(\.calls).reduce(0, +)
    let failed = days.map(\.failures).reduce(0, +)
    width = days.count * Self.step
    hasCalls = total > 0
    bars = days.enumerated().map { index, day in
      // A day with one call must be seen beside a day with a million.
      func scaled(_ count: Int64) -> Int {
        count == 0 ? 0 : max(1, Int((Double(count) / Double(max(most, 1)) * Double(Self.height)).rounded()))
      }
      let height = scaled(day.calls), failedHeight = min(height, scaled(day.failures))
      return Bar(
        x: index * Self.step, y: Self.height - height, height: height, failedY: Self.height - failedHeight,
        failedHeight: failedHeight)
    }
    words =
      total == 0
      ? "No calls in \(days.count.counted("day"))."
      : "\(total.counted("call")) in \(days.count.counted("day")), \(failed) of them failed; today "
        + "\(days.last?.calls ?? 0), at most \(most) on a day."
  }
}
