import Foundation
import OAuth
import Wire
import Yams

/// What is set, and where: a flag before the environment, the environment before the file, the file before what is usual.
struct Settings: Sendable {
  enum Origin: Sendable, Equatable {
    case environment(String)
    case file(String)
    case usual
  }

  /// What is wrong with a file or a variable, in a sentence that says what to do.
  struct Fault: Error, CustomStringConvertible, Equatable {
    var description: String
  }

  /// A setting, by its property of the table.
  typealias Name<Value: Sendable> = KeyPath<SettingsTable, Setting<Value>>

  static let usualFile = "/etc/evergrant/evergrant.yaml"
  private let environment: [String: String]
  let file: String?
  private let inFile: [String: String]

  /// Reads the file that `EVERGRANT_CONFIG` names, or the usual one if it is there.
  ///
  /// - Throws: ``Fault`` where the file has anything that is no setting.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    self.environment = environment
    let named = environment["EVERGRANT_CONFIG"]
    file = named ?? (FileManager.default.fileExists(atPath: Self.usualFile) ? Self.usualFile : nil)
    guard let file else {
      inFile = [:]
      return
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw Fault(
        description: "The settings file \(file) cannot be read\(named == nil ? "" : ", and EVERGRANT_CONFIG names it")."
      )
    }
    inFile = try Self.read(String(decoding: data, as: UTF8.self), of: file)
  }

  /// Where nothing is set, and all is as the table has it.
  static let usual = Settings(environment: [:], file: nil, inFile: [:])

  private init(environment: [String: String], file: String?, inFile: [String: String]) {
    self.environment = environment
    self.file = file
    self.inFile = inFile
  }

  /// What a setting is, a flag first.
  func callAsFunction<Value>(_ name: Name<Value>, flag: Value? = nil) throws -> Value? {
    let setting = Self.table[keyPath: name]
    if let flag {
      guard setting.includes(flag) else {
        throw Fault(description: "--\(setting.flagName) must be \(setting.kind).")
      }
      return flag
    }
    let (text, origin) = text(of: setting)
    guard let text else { return setting.usual }
    guard let value = setting.parse(text) else { throw Self.wrong(setting, origin) }
    return value
  }

  /// What a setting is that belongs to another one. It does not count where it comes from a lower place than the other, as a
  /// key file that the settings file names does not count for data that a flag names.
  func callAsFunction(
    _ name: Name<String>, flag: String?, notBelow other: Name<String>, flag otherFlag: String?
  ) throws -> String? {
    guard rank(name, flag) >= rank(other, otherFlag) else { return nil }
    return try self(name, flag: flag)
  }

  private func rank(_ name: Name<String>, _ flag: String?) -> Int {
    if flag != nil { return 3 }
    return switch text(of: Self.table[keyPath: name]).1 {
    case .environment: 2
    case .file: 1
    case .usual: 0
    }
  }

  /// What a setting is that always has a value.
  func required<Value>(_ name: Name<Value>, flag: Value? = nil) throws -> Value {
    guard let value = try self(name, flag: flag) else {
      throw Fault(description: "\(Self.table[keyPath: name].name) is not set.")
    }
    return value
  }

  /// Whether something is switched on, which its flag can do and cannot undo.
  func isOn(_ name: Name<Bool>, flag: Bool) throws -> Bool { try required(name, flag: flag ? true : nil) }

  func text(of setting: any AnySetting) -> (String?, Origin) {
    if let text = environment[setting.variable] { return (text, .environment(setting.variable)) }
    if let file, let text = inFile[setting.name] { return (text, .file(file)) }
    return (nil, .usual)
  }

  /// All that is wrong, whether it counts now or not.
  static func faults(environment: [String: String] = ProcessInfo.processInfo.environment) -> [Fault] {
    let settings: Settings
    do { settings = try Settings(environment: environment) } catch {
      return [error as? Fault ?? Fault(description: "\(error)")]
    }
    return all.compactMap { setting in
      let (text, origin) = settings.text(of: setting)
      guard let text else { return nil }
      if isSecret(text) {
        return Fault(
          description: "\(setting.variable) in the environment is a secret itself: name the file that holds it.")
      }
      return setting.accepts(text) ? nil : wrong(setting, origin)
    }
  }

  private static func wrong(_ setting: any AnySetting, _ origin: Origin) -> Fault {
    let place =
      switch origin {
      case .environment(let variable): "\(variable) in the environment"
      case .file(let path): "\(setting.name) in \(path)"
      case .usual: setting.name
      }
    return Fault(description: "\(place) must be \(setting.kind).")
  }

  // MARK: - The file

  private static func read(_ text: String, of file: String) throws -> [String: String] {
    func fault(_ words: String) -> Fault { Fault(description: "The settings file \(file) \(words)") }
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch { throw fault("is not YAML: \(place(error)).") }
    guard let root else { return [:] }
    guard let mapping = root.mapping else { throw fault("is no list of names and values, such as port: 8080.") }
    var found: [String: String] = [:]
    for (name, value) in flattened(mapping, prefix: "") {
      if isSecret(name) { throw fault(secretWords("a name")) }
      let text = value.null == nil ? value.scalar?.string : nil
      if let text, isSecret(text) { throw fault(secretWords(name)) }
      guard let setting = all.first(where: { $0.name == name }) else { throw fault(unknown(name)) }
      guard let text, setting.accepts(text) else {
        throw fault("has a \(name) that cannot be used: it must be \(setting.kind).")
      }
      guard !setting.isPath || text.hasPrefix("/") else {
        throw fault("has a \(name) that depends on where one stands: it must be a whole path, from / on.")
      }
      guard found.updateValue(text, forKey: name) == nil else { throw fault("has \(name) twice.") }
    }
    return found
  }

  /// Sections become the first part of a name.
  private static func flattened(_ mapping: Node.Mapping, prefix: String) -> [(String, Node)] {
    mapping.flatMap { key, value -> [(String, Node)] in
      let name = prefix + (key.string ?? "?")
      let isSection = all.contains { $0.name.hasPrefix(name + ".") }
      if isSection, let section = value.mapping { return flattened(section, prefix: name + ".") }
      return [(name, value)]
    }
  }

  private static func unknown(_ name: String) -> String {
    if name.contains(/secret|password|token|api-?key|credential/.ignoresCase()) { return secretWords(name) }
    let guess = Likeness.nearest(to: name, among: all.map(\.name)).map { " Is \($0) meant?" } ?? ""
    return "has \(name), which is no setting.\(guess) All of them: evergrant config"
  }

  private static func secretWords(_ name: String) -> String {
    "has a secret in it, at \(name): secrets come by file or prompt only. Take it out, and give it a successor, "
      + "since others may have read it."
  }

  static func isSecret(_ value: String) -> Bool {
    Credential.allCases.contains { value.hasPrefix($0.rawValue) } || value.hasPrefix("KeapAK-")
      || value.hasPrefix("whsec_") || value.contains(/:\/\/[^\/@]*:[^\/@]*@/)
  }

  private static func place(_ error: any Error) -> String {
    if case YamlError.parser(_, let problem, let mark, _) = error { return "line \(mark.line), \(problem)" }
    if case YamlError.scanner(_, let problem, let mark, _) = error { return "line \(mark.line), \(problem)" }
    if case YamlError.duplicatedKeysInMapping(let names, _) = error {
      return "\(names.joined(separator: ", ")) stands there twice"
    }
    return "it cannot be read"
  }
}
