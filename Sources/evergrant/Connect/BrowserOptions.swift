import ArgumentParser
import Keeper
import OAuth
import Operator
import Web
import Wire

/// How the answer of the person's browser comes back to a command.
struct BrowserOptions: ParsableArguments {
  @Flag(help: "Paste the address by hand instead of waiting on this machine.") var paste = false
  @Option(help: "The port to wait on; 0 takes any.") var port = 0

  /// Lets a person approve, and tells them at their browser what came of it.
  func connect(
    _ name: String, by client: Client, _ keeper: Keeper, replacingTenant: Bool
  ) async throws -> ConnectionStatus {
    let isLoopback =
      client.redirectURI.map { (try? RedirectURI(registering: $0))?.isLoopback ?? false }
      ?? client.provider.loopbackRedirects
    guard !paste, isLoopback else {
      let fields = try await pasted(name, client, keeper)
      return try await landing(name, keeper) {
        try await keeper.desk.finishConnecting(name, fields: fields, replacingTenant: replacingTenant)
      }
    }
    return try await returned(name, client, keeper, replacingTenant: replacingTenant)
  }

  /// From here on a signal to end waits until what the approval brings is safe (K29).
  private func landing(
    _ name: String, _ keeper: Keeper, _ finish: () async throws -> ConnectionStatus
  ) async throws -> ConnectionStatus {
    defer { keeper.putAway() }
    let arrived = StopSignals.Latest()
    let status = try await StopSignals.held {
      arrived.note($0)
    } during: {
      try await finish()
    }
    guard let signal = arrived.signal else { return status }
    say("\(name) is connected. This command was told to end, and ends here.")
    throw ExitCode(128 + signal)
  }

  private func returned(
    _ name: String, _ client: Client, _ keeper: Keeper, replacingTenant: Bool
  ) async throws -> ConnectionStatus {
    // A registered loopback address is free in its port alone (RFC 8252 section 7.3).
    let registered = client.redirectURI.flatMap { OutboundURL($0) }
    if let path = registered?.target, path != LoopbackCallback.path {
      throw Denied("The registered redirect URI ends in \(path), but this command waits on /callback. Use --paste.")
    }
    let callback = try await LoopbackCallback.listen(host: registered?.origin.host ?? "127.0.0.1", port: port)
    let attempt = try await keeper.desk.beginConnecting(
      name, client: client.name, redirectURI: callback.redirectURI)
    say("Open this address in a browser on this machine, sign in and approve:\n\n  \(attempt.address)\n")
    let arrival = try await callback.wait(timeout: .seconds(600))
    return try await landing(name, keeper) {
      let closing = "You can close this window and go back to the terminal."
      do {
        let status = try await keeper.desk.finishConnecting(
          name, fields: arrival.fields, replacingTenant: replacingTenant)
        await arrival.show(
          "Thank you", "\(name) is connected\(status.tenant.map { " for \($0)" } ?? ""). \(closing)")
        return status
      } catch KeeperError.kept(let approval) {
        await arrival.show("Thank you", "\(approval.words) \(closing)")
        throw KeeperError.kept(approval)
      } catch {
        await arrival.show("Not connected", "\(error) \(closing)")
        throw error
      }
    }
  }

  private func pasted(_ name: String, _ client: Client, _ keeper: Keeper) async throws -> FormFields {
    let attempt = try await keeper.desk.beginConnecting(name, client: client.name, redirectURI: nil)
    say("Open this address in any browser, sign in and approve:\n\n  \(attempt.address)\n")
    say("The browser then ends on \(attempt.redirectURI). Paste the whole address here, and press Enter:")
    guard let fields = FormFields(ofPastedAddress: readLine() ?? "") else {
      throw Denied(
        "That is no address with an answer in it: it has no ?code=…&state=…. Paste all of the one that the browser ended on."
      )
    }
    return fields
  }
}
