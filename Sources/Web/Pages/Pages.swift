import Hummingbird
import Mustache

/// What a template needs to become a page.
protocol Page {
  static var template: String { get }
}

/// The templates, which are part of the program.
struct Pages: Sendable {
  private let library: MustacheLibrary
  let style = PackageResources.style_css

  init() throws {
    var library = MustacheLibrary()
    let texts = [
      "head": PackageResources.head_mustache, "foot": PackageResources.foot_mustache,
      SignInPage.template: PackageResources.signin_mustache, ConsentPage.template: PackageResources.consent_mustache,
      PasswordPage.template: PackageResources.password_mustache,
      ActivityPage.template: PackageResources.activity_mustache, TenantPage.template: PackageResources.tenant_mustache,
      "chart": PackageResources.chart_mustache, OwnTokensPage.template: PackageResources.tokens_mustache,
      TokenMadePage.template: PackageResources.tokenmade_mustache,
      AccountPage.template: PackageResources.account_mustache, NoticePage.template: PackageResources.notice_mustache,
      "linkhead": PackageResources.linkhead_mustache, "linkfoot": PackageResources.linkfoot_mustache,
      LinkPage.template: PackageResources.link_mustache, LinkEndPage.template: PackageResources.linkend_mustache,
      "consolehead": PackageResources.consolehead_mustache, "consolefoot": PackageResources.consolefoot_mustache,
      ConsolePage.template: PackageResources.console_mustache,
      ConsoleOutsidePage.template: PackageResources.consoleoutside_mustache,
      ConsoleDoorPage.template: PackageResources.consoledoor_mustache,
      ConsoleTroublePage.template: PackageResources.consoletrouble_mustache,
      ConsoleReconnectPage.template: PackageResources.consolereconnect_mustache,
    ]
    MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
    for (name, text) in texts {
      let template = "{{% CONTENT_TYPE:\(HTMLText.name)}}\n" + String(decoding: text, as: UTF8.self)
      try library.register(template, named: name)
    }
    self.library = library
  }

  func html<Content: Page>(_ page: Content) -> String { library.render(page, withTemplate: Content.template) ?? "" }

  func notice(
    _ title: String, _ sentence: String, status: HTTPResponse.Status, person: Person? = nil, reference: String? = nil
  ) -> Response {
    .page(html(NoticePage(title: title, person: person, sentence: sentence, reference: reference)), status: status)
  }

  /// A failure as a page for a person.
  func failure(_ failure: SiteFailure, reference: String) -> Response {
    let (title, sentence) =
      switch failure.status {
      case .notFound, .methodNotAllowed, .notImplemented:
        ("There is no such page", "Check the address, or start again from your account page.")
      case .contentTooLarge: ("That was too much", "The request is longer than this page takes.")
      case .serviceUnavailable:
        ("We cannot do that at the moment", "Nothing was changed. Wait a little and try again.")
      case let status where status.code >= 500:
        ("Something went wrong on our side", "Try again; if it stays, tell whoever runs this server.")
      default: ("We did not understand that request", "Go back to the app you came from and start again.")
      }
    return notice(title, sentence, status: failure.status, reference: reference)
  }
}
