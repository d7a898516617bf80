import Foundation
import Issuer

/// One thing that can be set, under one name (K34): `public-port` in the file, `EVERGRANT_PUBLIC_PORT` in the environment,
/// `--public-port` as a flag. A name with a section, `issuer.port`, is a flag of the commands of that section.
struct Setting<Value: Sendable>: Sendable {
  let name: String
  /// What it is, for `--help` and `config`.
  let meaning: String
  let usual: Value?
  /// What is said of `usual`, or of its absence.
  let usualText: String
  /// Nil where the text is no value of this setting.
  let parse: @Sendable (String) -> Value?
  /// What a value looks like, for whoever gave none of the kind.
  let kind: String
  /// Whether a value that a flag has brought is one of this setting.
  var includes: @Sendable (Value) -> Bool = { _ in true }
  /// Whether it is a path, which must be whole where it does not come from a command line.
  var isPath = false

  var variable: String { "EVERGRANT_" + String(name.uppercased().map { ".-".contains($0) ? "_" : $0 }) }

  /// What its flag is called, without the dashes.
  var flagName: String { name.split(separator: ".").last.map(String.init) ?? name }

  /// Where to set it, for whoever has not.
  var places: String { "--\(flagName) or \(variable)" }

  /// For `--help`, which shows what a flag stands in for.
  var help: String { "\(meaning) Or \(variable). Default: \(usualText)." }
}

/// A setting whatever its type, for where all of them are listed, or looked for by name.
protocol AnySetting: Sendable {
  var name: String { get }
  var variable: String { get }
  var meaning: String { get }
  var usualText: String { get }
  var kind: String { get }
  var isPath: Bool { get }

  /// Whether a text is a value of this setting.
  func accepts(_ text: String) -> Bool
}

extension Setting: AnySetting {
  func accepts(_ text: String) -> Bool { parse(text) != nil }
}

extension Setting where Value == Int {
  static func port(_ name: String, _ usual: Int?, _ meaning: String) -> Setting {
    Setting(
      name: name, meaning: meaning + " 0 takes any.", usual: usual, usualText: usual.map(String.init) ?? "none",
      range: 0...65_535, kind: "a port, from 0 to 65535")
  }

  static func count(_ name: String, _ usual: Int, _ meaning: String, _ usualText: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: usual, usualText: usualText, range: 1...1024, kind: "a number from 1 to 1024"
    )
  }

  private init(
    name: String, meaning: String, usual: Int?, usualText: String, range: ClosedRange<Int>, kind: String
  ) {
    self.init(
      name: name, meaning: meaning, usual: usual, usualText: usualText,
      parse: { Int($0).flatMap { range.contains($0) ? $0 : nil } }, kind: kind, includes: { range.contains($0) })
  }
}

extension Setting where Value == String {
  static func text(_ name: String, _ usual: String?, _ meaning: String, _ usualText: String? = nil) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: usual, usualText: usualText ?? usual ?? "none",
      parse: { $0.isEmpty ? nil : $0 }, kind: "text")
  }

  static func path(_ name: String, _ meaning: String, _ usualText: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: nil, usualText: usualText, parse: { $0.isEmpty ? nil : $0 }, kind: "a path",
      isPath: true)
  }
}

extension Setting where Value == Bool {
  static func flag(_ name: String, _ meaning: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: false, usualText: "false", parse: { Bool($0) }, kind: "true or false")
  }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static func choice(_ name: String, _ usual: Value, _ meaning: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: usual, usualText: usual.rawValue, parse: { Value(rawValue: $0) },
      kind: Value.allCases.map(\.rawValue).joined(separator: " or "))
  }
}

extension Setting where Value == CallLimits {
  static func limits(_ name: String, _ meaning: String, _ keap: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: nil, usualText: "\(keap) by Keap's rules, and else none",
      parse: { CallLimits($0) }, kind: "limits such as \(keap), or none")
  }
}

extension Setting where Value == Span {
  static func span(_ name: String, _ usual: Span, _ meaning: String) -> Setting {
    Setting(
      name: name, meaning: meaning, usual: usual, usualText: usual.defaultValueDescription,
      parse: { Span(argument: $0) }, kind: "a span such as 90s, 15m, 24h, 45d")
  }
}
