import Foundation
import Keeper
import OAuth
import Outbound
import Wire

/// The third step and the fourth: a key for the first job, and a call with it.
extension Setup {
  mutating func makeKey() async throws -> Secret {
    if let key = try keyInFile() {
      if let known = keeper.key(presented: key) {
        guard known.connection == connection else {
          throw Denied("\(keyFile) has the key of another connection, \(known.connection). Choose another --key-file.")
        }
        rules = known.rules
        say("3. The key \(known.name) is in \(keyFile).")
        return key
      }
      guard try await keeper.desk.hasMade(key) else {
        throw Denied(
          "\(keyFile) has a key that was not made here, and may be good elsewhere. Choose another --key-file.")
      }
    }
    let name = URL(fileURLWithPath: keyFile).deletingPathExtension().lastPathComponent
    let lost = try await keeper.desk.keys().first { $0.name == name && $0.connection == connection }
    if rules.isEmpty { rules = try lost?.rules ?? usualRules() }
    if let lost {
      tell("3. The key \(lost.name) was made before, but \(keyFile) does not have it, and it was shown only once.")
      if try dialogue.confirm("Revoke that one? What still holds it stops working", usual: false, unasked: false) {
        try await keeper.desk.revokeKey(lost.name)
      }
    } else {
      tell("3. A key for the first job")
    }
    try? FileManager.default.removeItem(atPath: keyFile)
    var made: (name: String, key: Secret)?
    try await SecretInput.showOnce(in: keyFile) { keep in
      made = try await addKey(name, keep)
      return made?.key
    }
    guard let made else { throw KeeperError.noSuchKey(name) }
    say("   The key \(made.name) is in \(keyFile), for \(owner.map { "the user \($0)" } ?? "you") alone to read.")
    say("   It ends in a year, and may do this and no more:")
    for rule in rules { say("     \(rule.text)") }
    return made.key
  }

  /// The key that the file holds, living or not; nil where there is no file.
  private func keyInFile() throws -> Secret? {
    guard FileManager.default.fileExists(atPath: keyFile) else { return nil }
    let content = try SecretInput.read(file: keyFile, prompt: "The key file")
    guard content.exposed.hasPrefix(Credential.apiKey.rawValue) else {
      throw Denied("\(keyFile) is there and holds no API key. Choose another --key-file.")
    }
    return content
  }

  /// A revoked key keeps its name for the record, so the next one has a number behind it.
  private func addKey(
    _ name: String, _ keep: @escaping @Sendable (Secret) throws -> Void
  ) async throws -> (name: String, key: Secret) {
    for number in 1...100 {
      let name = number == 1 ? name : "\(name)-\(number)"
      do {
        return (
          name,
          try await keeper.desk.addKey(name, connection: connection, rules: rules, handsOutTokens: false, keep: keep)
        )
      } catch KeeperError.keyNameTaken { continue }
    }
    throw KeeperError.alreadyThere("a key named \(name), with every number up to 100")
  }

  private func usualRules() throws -> [APIKey.Rule] {
    if entry.contacts == .keap { return APIKey.Rule.contacts }
    if let userinfo = entry.userinfo.flatMap({ APIKey.Rule("GET " + $0) }) { return [userinfo] }
    throw Denied("Say what the job may call, as --allow 'GET /path', and run the same command again.")
  }

  /// A call that changes nothing and that the key allows.
  private var trial: String? {
    let paths = [entry.contacts == .keap ? "/crm/rest/v2/contacts" : nil, entry.userinfo].compactMap(\.self)
    return paths.first { path in rules.contains { $0.matches(method: "GET", path: path) } }
  }

  /// Calls as the job will, through a data plane of its own for that one call.
  func tryCall(_ key: Secret) async throws {
    guard let trial else { return tell("4. Nothing that the key may do can be tried without changing something.") }
    let plane = try await KeeperServer(keeper: keeper, listening: .anyPorts, logger: .standardError(.error))
      .bindDataPlane()
    let upstream = try HTTPUpstream(
      base: "http://127.0.0.1:\(plane.port)/via/\(connection)", credential: .apiKey(key))
    let answer = try await keeper.working {
      try await upstream.send(UpstreamRequest("GET", trial))
    }
    await plane.stop()
    guard answer.status == 200 else {
      throw Denied(
        "The test call GET \(trial) was answered with \(answer.status): "
          + "\(String(decoding: answer.body.prefix(300), as: UTF8.self)). The grant and the key are stored; the same "
          + "command tries again.")
    }
    tell("4. The test call GET \(trial) with that key was answered with 200.")
  }
}
