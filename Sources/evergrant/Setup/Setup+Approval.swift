import Foundation
import Keeper
import Operator

/// The second step: a person approves.
extension Setup {
  mutating func approve() async throws {
    let before = try? await keeper.desk.status(connection)
    if let before, before.client != app {
      throw Denied("There is a connection \(connection) of the app \(before.client) already. Choose another --name.")
    }
    // Approving again does not mend the trouble of a token that lives, such as a clock that is off.
    if let before, [.ok, .paused].contains(before.state) || (before.state == .trouble && before.isServed) {
      tell("2. \(connection) is connected: \(Self.approval(before)).")
      if let trouble = before.trouble { tell(trouble + ". " + (before.nextStep ?? ""), indented: true) }
      // Where no job has a key yet, nobody may have been there to say whether it is the right one.
      guard before.keys.isEmpty, try !isRight() else { return }
      try await giveUp()
    }
    tell("2. The approval, once, by the person whose data it is")
    while true {
      do {
        let client = try await keeper.desk.client(app)
        let status = try await browser.connect(connection, by: client, keeper, replacingTenant: replacesTenant)
        tell(Self.approval(status) + ".", indented: true)
        if let trouble = status.trouble { tell(trouble + ". " + (status.nextStep ?? ""), indented: true) }
        do { if try isRight() { return } } catch is Dialogue.InputEnded {
          try await giveUp()
          throw Unanswered()
        }
        try await giveUp()
      } catch KeeperError.clientRefused {
        tell(
          "\(entry.title) does not accept this id with this secret. Give them again, as they are shown there.",
          indented: true)
        try await askForApp(replacing: true)
      } catch let error as KeeperError {
        tell("\(error)", indented: true)
        try tryAgain()
      } catch let error as Denied {
        tell("\(error)", indented: true)
        try await doubtApp()
        try tryAgain()
      }
    }
  }

  /// An approval came, and nobody said that it is the right one.
  private struct Unanswered: Error, CustomStringConvertible {
    var description: String {
      "The answers ended before anybody said yes, so the approval was given back. Run the same command again for another; "
        + "with --yes the one that comes is taken as the right one."
    }
  }

  private func isRight() throws -> Bool {
    try dialogue.confirm("Is that where the jobs shall work?", usual: true, unasked: true)
  }

  /// Forgets an approval that is not the right one.
  private mutating func giveUp() async throws {
    tell(try await keeper.desk.disconnect(connection), indented: true)
    replacesTenant = true
  }

  /// Asks whether the app was given wrongly, since no answer came back: the provider may have shown the person an error instead
  /// of a question.
  private mutating func doubtApp() async throws {
    let redirect = try await keeper.desk.client(app).redirectURI ?? ""
    tell(
      "If the browser showed an error of \(entry.title) instead of a question: the app there must have the redirect URI "
        + "\(redirect), to the letter, and the id that you gave.", indented: true)
    if try dialogue.confirm("Give the app's redirect URI, id and secret again?", usual: false, unasked: false) {
      try await askForApp(replacing: true)
    }
  }

  private func tryAgain() throws {
    guard try dialogue.confirm("Try again with a new link?", usual: true, unasked: false) else {
      throw Denied("\(connection) is not connected. The same command goes on from here.")
    }
  }

  private static func approval(_ status: ConnectionStatus) -> String {
    "\(status.approver ?? "A person") approved for \(status.tenant ?? "a tenant")"
  }
}
