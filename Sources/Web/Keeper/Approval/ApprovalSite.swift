import Hummingbird
import Keeper
import Logging
import OAuth
import Operator
import ServiceLifecycle
import Wire

/// What the approval site asks of the keeper.
package protocol ApprovalDesk: Sendable {
  func linkedApproval(_ token: Secret) async throws -> LinkedApproval?
  func beginApproval(_ token: Secret, at address: PublicAddress) async throws -> String?
  func finishApproval(_ answer: FormFields) async throws -> LinkedApproval?
}

extension Desk: ApprovalDesk {}

/// The pages that a link in an alert leads to: the one part of the keeper that people reach from outside.
///
/// It listens on loopback alone, on a port of its own, so that a web server in front can pass this to the world and nothing
/// else of the keeper (K31).
package struct ApprovalSite: Service, CustomStringConvertible {
  let desk: any ApprovalDesk
  let publicAddress: PublicAddress
  let pages: Pages
  private let address: ListenAddress
  private let logger: Logger
  private let onRunning: @Sendable (Int) async -> Void

  /// - Throws: ``ListenRefusal`` where the address is not loopback.
  package init(
    desk: any ApprovalDesk, publicAddress: PublicAddress, address: ListenAddress, logger: Logger,
    onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
  ) throws {
    guard let host = Loopback.address(toListenOn: address.host) else {
      throw ListenRefusal(
        description: "The approval pages listen on this machine alone: use 127.0.0.1, not \(address.host).")
    }
    self.desk = desk
    self.publicAddress = publicAddress
    self.address = ListenAddress(host: host, port: address.port)
    self.logger = logger
    self.onRunning = onRunning
    pages = try Pages()
  }

  package var description: String { "approval pages" }

  /// - Throws: ``ListenRefusal`` where the port cannot be had.
  package func run() async throws {
    let guardian = HostGuard(names: [publicAddress.origin.authority])
    try await SiteServer(
      name: description, address: address, responder: routes(guardian).buildResponder(), logger: logger,
      onRunning: { port in
        guardian.listens(on: port, of: address.host)
        await onRunning(port)
      }
    ).run()
  }

  /// Every address of the approval pages.
  private func routes(_ guardian: HostGuard) -> Router<SiteContext> {
    let router = Router(context: SiteContext.self)
    router.add(middleware: Edge(failure: failure))
    router.add(middleware: KnownMethods())
    router.add(middleware: guardian)
    router.get("/livez") { _, _ in Response(status: .noContent) }
    router.get("/style.css", use: style)
    router.get("/approve/{token}", use: show)
    router.post("/approve/{token}", use: begin)
    router.get("/callback", use: finish)
    return router
  }
}

extension ApprovalSite {
  /// Shows what the link is for. Looking uses nothing up: mail scanners and chat programs open links too.
  private func show(_ request: Request, _ context: SiteContext) async throws -> Response {
    guard let approval = try await desk.linkedApproval(token(context)) else { return gone }
    return .page(pages.html(LinkPage(approval)), formTargets: [approval.origin])
  }

  private func begin(_ request: Request, _ context: SiteContext) async throws -> Response {
    try await desk.beginApproval(token(context), at: publicAddress).map { .seeOther($0) } ?? gone
  }

  private func finish(_ request: Request, _ context: SiteContext) async throws -> Response {
    do {
      guard let approved = try await desk.finishApproval(try request.query()) else {
        return end(
          "Nothing waits for this answer here",
          "It was used already, or took longer than ten minutes: open the link again. If a terminal or the console waits "
            + "for it, paste the whole address of this page there.", status: .gone)
      }
      return end(
        "Thank you",
        "\(approved.connection) is connected again\(approved.tenant.map { " for \($0)" } ?? ""). You can close this page."
      )
    } catch KeeperError.kept(let approval) {
      return end("Thank you", "\(approval.words) You can close this page.", status: .accepted)
    } catch let error as KeeperError {
      return end("Not approved", "\(error) You can open the link again.", status: .forbidden)
    }
  }

  private func style(_ request: Request, _ context: SiteContext) -> Response { .style(pages) }

  private func token(_ context: SiteContext) -> Secret { Secret(context.parameters.get("token") ?? "") }

  private var gone: Response {
    end(
      "This link counts no more",
      "It was used, or is older than a week. If nobody has approved since, ask whoever sent it for a new one.",
      status: .gone)
  }

  private func end(_ title: String, _ sentence: String, status: HTTPResponse.Status = .ok) -> Response {
    .page(pages.html(LinkEndPage(title: title, sentence: sentence)), status: status)
  }

  private var failure: @Sendable (SiteFailure, String) -> Response {
    { [pages] failure, reference in
      let (title, sentence) =
        switch failure.status {
        case .notFound, .methodNotAllowed, .notImplemented:
          ("There is no such page", "Open the link from the message again, all of it.")
        case .misdirectedRequest: ("There is no such page", "This server does not go by that name.")
        case .serviceUnavailable: ("Not at the moment", "Nothing was changed. Wait a little and open the link again.")
        case let status where status.code >= 500:
          ("Something went wrong", "Open the link again; if it stays, name request \(reference) to whoever sent it.")
        default: ("That was not understood", "Open the link from the message again.")
        }
      return .page(pages.html(LinkEndPage(title: title, sentence: sentence)), status: failure.status)
    }
  }
}

struct LinkPage: Page {
  static let template = "link"
  let title: String
  var connection: String
  var provider: String
  var tenant: String?
  var approver: String?

  init(_ approval: LinkedApproval) {
    title = "Approve \(approval.connection) again"
    connection = approval.connection
    provider = approval.provider
    tenant = approval.tenant
    approver = approval.approver
  }
}

struct LinkEndPage: Page {
  static let template = "linkend"
  var title: String
  var sentence: String
}
