import Crypto
import Foundation
import Keeper
import OAuth
import Store
import Wire

/// A pair of tokens that another program has kept.
package struct KeptTokens: Sendable, Equatable {
  package var access: Secret
  package var refresh: Secret
  /// When the access token ends, if that is known.
  package var endsAt: Timestamp?
  package var scope: String?

  package init(access: Secret, refresh: Secret, endsAt: Timestamp? = nil, scope: String? = nil) {
    self.access = access
    self.refresh = refresh
    self.endsAt = endsAt
    self.scope = scope
  }
}

extension KeptTokens {
  /// Reads what is kept at a path: a token endpoint's answer, a serialised `Infusionsoft\Token` of Keap's PHP SDK, a file of
  /// keap-python, or the folder of Laravel's file cache as laravel-keap fills it.
  ///
  /// - Parameter app: which entry is meant, where a file has several.
  /// - Throws: ``KeeperError/refused(_:)``, with the place of what is wrong and without its words.
  package init(at path: String, app: String?) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw KeeperError.refused(
        FolderSight(path) == .hidden
          ? "This user may not look at \(path). Hand it over on standard input: --import - < \(path)"
          : "There is nothing at \(path).")
    }
    do {
      try self.init(isFolder.boolValue ? Self.laravelCache(path) : Self.parse(try Self.text(path)), app: app)
    } catch let fault as Fault {
      throw KeeperError.refused("The tokens in \(path) cannot be read: \(fault.reason).")
    }
  }

  /// Reads kept tokens from a text.
  package init(text: String, app: String? = nil) throws {
    do { try self.init(Self.parse(text), app: app) } catch let fault as Fault {
      throw KeeperError.refused("The tokens cannot be read: \(fault.reason).")
    }
  }

  private struct Fault: Error {
    var reason: String
  }

  private static func text(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else {
      throw Fault(
        reason:
          "this user cannot read it (then hand it over on standard input: --import - < \(path)), or it is over 1 MiB")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// - Parameter isWrapped: whether the text was itself a string in PHP's or JSON's form, as where tokens were serialised
  ///   twice.
  private static func parse(_ text: String, isWrapped: Bool = false) throws -> JSON {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: "\u{FEFF}")))
    guard !text.isEmpty else { throw Fault(reason: "it is empty") }
    let json = try value(text)
    if !isWrapped, let inner = json.string { return try parse(inner, isWrapped: true) }
    guard json.object != nil else { throw Fault(reason: "there are no tokens in it") }
    return json
  }

  private static func value(_ text: String) throws -> JSON {
    if ["O:", "a:", "s:"].contains(where: text.hasPrefix) {
      do { return try PHPSerialized.parse(text) } catch {
        throw Fault(
          reason:
            "\(error.reason), at byte \(error.offset) of what PHP has serialised; a column or a variable may have "
            + "been too short for it, or has changed it")
      }
    }
    guard let json = try? JSON.parse(Array(text.utf8)) else {
      throw Fault(
        reason: text.hasPrefix("{")
          ? "it begins as JSON and is not whole"
          : "it is neither JSON nor what PHP's serialize() writes. Give the file or the column of the database as it is, with "
            + "nothing before or after")
    }
    return json
  }

  private init(_ json: JSON, app: String?) throws {
    let entry = try Self.entry(of: json, app: app)
    func value(_ names: String...) -> JSON? { names.lazy.compactMap { entry[$0] }.first { !$0.isNull } }
    func token(_ what: String, _ names: String...) throws -> Secret {
      guard let text = names.lazy.compactMap({ entry[$0]?.string }).first, !text.isEmpty else {
        throw Fault(reason: "there is no \(what) token in it")
      }
      guard text.isVisibleASCII else {
        throw Fault(reason: "the \(what) token has a blank or a control character in it, so it is damaged")
      }
      return Secret(text)
    }
    access = try token("access", "access_token", "accessToken")
    refresh = try token("refresh", "refresh_token", "refreshToken")
    endsAt = value("end_of_life", "endOfLife", "expires_at")?.integer.flatMap { seconds in
      (0...(Int64.max / 1000)).contains(seconds) ? Timestamp(milliseconds: seconds * 1000) : nil
    }
    scope = value("scope")?.string ?? entry["extraInfo"]?["scope"]?.string
  }

  /// The object with the tokens: the whole, or one of several that stand under names.
  private static func entry(of json: JSON, app: String?) throws -> JSON {
    let names = ["access_token", "accessToken", "refresh_token", "refreshToken"]
    func hasTokens(_ json: JSON) -> Bool { names.contains { json[$0] != nil } }
    let entries = (json.object ?? [:]).filter { hasTokens($0.value) }
    if let app {
      guard let named = entries[app] else { throw Fault(reason: "there is no entry \(app) with tokens in it") }
      return named
    }
    if hasTokens(json) { return json }
    if entries.count == 1, let only = entries.first { return only.value }
    guard !entries.isEmpty else { throw Fault(reason: "there are no tokens in it") }
    throw Fault(
      reason: "it has tokens of \(entries.keys.sorted().joined(separator: ", ")): say which with --entry NAME")
  }

  /// The two values that laravel-keap keeps in Laravel's file cache. Each is in the file that the SHA-1 of its key names, after
  /// ten digits: when the value ends, in seconds since 1970.
  private static func laravelCache(_ folder: String) throws -> JSON {
    func kept(_ key: String) throws -> (until: Int64, value: JSON) {
      let hash = Array(Insecure.SHA1.hash(data: Data(key.utf8))).hex
      let path = "\(folder)/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash)"
      guard let text = try? text(path), let until = Int64(text.prefix(10)) else {
        throw Fault(
          reason: "it is a folder, and no file cache of Laravel with \(key) in it (storage/framework/cache/data)")
      }
      do { return (until, try PHPSerialized.parse(String(text.dropFirst(10)))) } catch {
        throw Fault(reason: "\(key) is not what PHP's serialize() writes")
      }
    }
    let access = try kept("keap.access_token"), refresh = try kept("keap.refresh_token")
    return ["access_token": access.value, "refresh_token": refresh.value, "expires_at": .integer(access.until)]
  }
}
