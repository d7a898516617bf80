import Foundation
import Issuer
import OAuth
import Wire

/// A person's own tokens, and the forms to make, rotate, rename and end them.
struct OwnTokensPage: Page {
  static let template = "tokens"

  struct Token {
    var id: String
    var name: String
    var noun: String
    var tenant: String
    var scopes: [String]
    var generation: String
    var made: String
    var ends: String
    var lastUsed: String
    var calls: String
    var chart: CallChart
    /// What is to be known of it, as sentences.
    var notes: [String]
    /// Why it is over, for one that was ended.
    var endedBy: String
    var endedAt: String
  }

  struct Choice {
    var value: String
    var words: String
    var isChosen = false
  }

  let title = "Your own tokens"
  var person: Person
  var csrf: String
  var notice: String?
  var trouble: String?
  var living: [Token]
  var ended: [Token]
  var hasEnded: Bool
  var tenants: [Choice]
  var hasTenants: Bool
  var ownsAny: Bool
  var owned: String
  /// What cannot be made for now, as sentences.
  var switchedOff: [String]
  var scopes: [Choice]
  var lifetimes: [Choice]
  var overlaps: [Choice]
  var apps: [Choice]
  var hasApps: Bool
  var token: Draft
  var pair: Draft

  struct Draft {
    var draft: String
    var proof: String

    init(_ draft: TokenDraft) {
      self.draft = draft.id
      proof = draft.csrf.exposed
    }
  }

  init(
    _ tokens: [OwnToken], _ choices: TokenChoices, token: TokenDraft, pair: TokenDraft, notice: String?,
    trouble: String?, session: Session
  ) {
    person = Person(session)
    csrf = session.csrf.exposed
    self.notice = notice
    self.trouble = trouble
    living = tokens.filter { $0.grant.endedAt == nil }.map(Token.init)
    ended = tokens.filter { $0.grant.endedAt != nil }.map(Token.init)
    hasEnded = !ended.isEmpty
    tenants = choices.tenants.map { Choice(value: String($0.id), words: $0.name) }
    hasTenants = !tenants.isEmpty
    ownsAny = !choices.owned.isEmpty
    owned = choices.owned.map(\.name).joined(separator: ", ")
    switchedOff = choices.switchedOff.filter { $0 == .personal || !choices.owned.isEmpty }.map(\.offSentence)
    scopes = OfferedScope.allCases.map { Choice(value: $0.rawValue, words: $0.plainWords) }
    lifetimes = [30, 90, 180, 365].map {
      Choice(value: String($0), words: "in \($0) days", isChosen: $0 == 90)
    }
    overlaps = [(0, "no time: it ends at once"), (1, "1 hour"), (24, "1 day"), (72, "3 days"), (168, "7 days")].map {
      Choice(value: String($0), words: $1, isChosen: $0 == 24)
    }
    apps = choices.apps.map { Choice(value: $0.id, words: $0.name) }
    hasApps = !apps.isEmpty && hasTenants
    self.token = Draft(token)
    self.pair = Draft(pair)
  }
}

extension OwnTokensPage.Token {
  init(_ own: OwnToken) {
    let grant = own.grant
    id = grant.grantID
    name = grant.clientName
    noun = own.kind.noun
    tenant = grant.tenantName
    scopes = grant.scopes
    generation = String(own.generation)
    made = own.madeAt.written
    ends = own.endsAt.written
    lastUsed = grant.lastUsedAt?.written ?? "not yet"
    calls = String(grant.calls)
    chart = CallChart(grant.days, id: grant.grantID)
    notes = [
      own.hasEnded ? "It has ended by itself. Rotate it for a new one, or end it." : nil,
      own.overlapUntil.map {
        "The token before it works too, until \($0.written). If you rotate again, that one ends at once."
      },
      grant.suspension,
    ].compactMap(\.self)
    endedBy = grant.endedBy ?? ""
    endedAt = grant.endedAt?.written ?? ""
  }
}

/// What was made, on the one page that shows it.
struct TokenMadePage: Page {
  static let template = "tokenmade"

  struct Text {
    var id: String
    var label: String
    var text: String
  }

  var title: String
  var person: Person
  /// What becomes of tokens before, or what to do with these.
  var lead: String
  var texts: [Text]

  /// - Parameter name: what it was called, where it is a new one.
  init(_ token: Secret, named name: String?, isNew: Bool, _ session: Session) {
    title = isNew ? "Your new token" : "Your token is rotated"
    person = Person(session)
    lead = "Send it as Authorization: Bearer, X-Keap-API-Key or X-API-Key. It acts in your name: keep it to yourself."
    texts = [Text(id: "token", label: name.map { "The token \($0)" } ?? "The new token", text: token.exposed)]
  }

  init(_ pair: TokenResponse, _ session: Session) throws {
    title = "Tokens for your app"
    person = Person(session)
    lead =
      "The app holds and refreshes them from now on, and nobody else may. The keeper takes them over with evergrant connect "
      + "NAME --client CLIENT --import FILE, where the file has the one line below."
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    texts = [
      Text(id: "access", label: "Access token", text: pair.accessToken.exposed),
      Text(id: "refresh", label: "Refresh token", text: pair.refreshToken?.exposed ?? ""),
      Text(
        id: "line", label: "Both in one line, for evergrant connect --import",
        text: String(decoding: try encoder.encode(pair), as: UTF8.self)),
    ]
  }
}
