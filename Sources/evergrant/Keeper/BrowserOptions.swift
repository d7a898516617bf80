import ArgumentParser
import Foundation
import Keeper
import OAuth
import Web

/// How the answer of the person's browser comes back to a command.
struct BrowserOptions: ParsableArguments {
  @Flag(help: "Paste the address by hand instead of waiting on this machine.") var paste = false
  @Option(help: "The port to wait on; 0 takes any.") var port = 0

  /// Shows the link to approve at, and waits for what the provider sends back.
  func approval(of name: String, by client: Client, _ keeper: Keeper) async throws -> FormFields {
    let isLoopback = client.redirectURI.map { $0.hasPrefix("http://") } ?? client.provider.loopbackRedirects
    return paste || !isLoopback
      ? try await pasted(name, client, keeper) : try await returned(name, client, keeper)
  }

  private func returned(_ name: String, _ client: Client, _ keeper: Keeper) async throws -> FormFields {
    let callback = try await LoopbackCallback.listen(port: port)
    // A registered loopback address is free in its port alone (RFC 8252 section 7.3).
    let path = client.redirectURI.flatMap { URL(string: $0)?.path } ?? LoopbackCallback.path
    guard path == LoopbackCallback.path else {
      throw Denied("The registered redirect URI ends in \(path), but this command waits on /callback. Use --paste.")
    }
    let host = client.redirectURI.flatMap { URL(string: $0)?.host } ?? "127.0.0.1"
    let attempt = try await keeper.beginConnecting(
      name, client: client.name, redirectURI: "http://\(host):\(callback.port)\(LoopbackCallback.path)")
    say("Open this address in a browser on this machine, sign in and approve:\n\n  \(attempt.address)\n")
    return try await callback.wait(timeout: .seconds(600))
  }

  private func pasted(_ name: String, _ client: Client, _ keeper: Keeper) async throws -> FormFields {
    let attempt = try await keeper.beginConnecting(name, client: client.name, redirectURI: nil)
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
