import Foundation
import Wire

/// A report in SARIF 2.1.0, as code hosts and editors read it.
package enum SARIF {
  private static let schema = "https://json.schemastore.org/sarif-2.1.0.json"
  private static let root = "SRCROOT"

  /// - Parameters:
  ///   - root: the folder that files are named from.
  ///   - version: of this program.
  package static func document(_ report: ScanReport, root: String, version: String) -> JSON {
    var indices: [String: Int] = [:]
    var rules: [JSON] = []
    for finding in report.findings where indices[id(finding)] == nil {
      indices[id(finding)] = rules.count
      rules.append(rule(finding))
    }
    let run: JSON = [
      "tool": [
        "driver": [
          "name": "evergrant scan", "semanticVersion": .string(version), "rules": .array(rules),
        ]
      ],
      "columnKind": "utf16CodeUnits",
      "originalUriBaseIds": [
        Self.root: ["uri": .string(URL(filePath: root, directoryHint: .isDirectory).absoluteString)]
      ],
      "invocations": [
        [
          "executionSuccessful": .bool(report.unread.isEmpty),
          "toolExecutionNotifications": .array(report.unread.map(notification)),
        ]
      ],
      "results": .array(report.findings.map { result($0, rule: indices[id($0)] ?? 0) }),
    ]
    return ["$schema": .string(schema), "version": "2.1.0", "runs": [run]]
  }

  private static func id(_ finding: Finding) -> String {
    [finding.standing.rawValue, finding.method ?? "unnamed", finding.table ?? finding.setting].compactMap(\.self)
      .joined(separator: "/")
  }

  private static func rule(_ finding: Finding) -> JSON {
    [
      "id": .string(id(finding)), "shortDescription": ["text": .string("\(finding.call): \(finding.standing.words)")],
      "fullDescription": ["text": .string(message(finding))],
      "defaultConfiguration": ["level": .string(level(finding.standing))],
    ]
  }

  private static func result(_ finding: Finding, rule: Int) -> JSON {
    [
      "ruleId": .string(id(finding)), "ruleIndex": .integer(Int64(rule)),
      // What is no failure has no level.
      "kind": finding.standing == .carried ? "pass" : "fail", "level": .string(level(finding.standing)),
      "message": ["text": .string("\(finding.call): \(message(finding))")],
      "locations": [
        [
          "physicalLocation": [
            "artifactLocation": location(finding.file), "region": region(finding),
          ]
        ]
      ],
    ]
  }

  private static func region(_ finding: Finding) -> JSON {
    var members: [String: JSON] = ["startLine": .integer(Int64(finding.line))]
    members["startColumn"] = finding.column.map { JSON.integer(Int64($0)) }
    return .object(members)
  }

  private static func message(_ finding: Finding) -> String {
    finding.sentence.isEmpty ? "This goes on over the bridge as it is." : finding.sentence
  }

  private static func level(_ standing: Standing) -> String {
    switch standing {
    case .carried: "none"
    case .different: "note"
    case .notCarried: "error"
    case .untold: "warning"
    }
  }

  private static func notification(_ unread: ScanReport.Unread) -> JSON {
    [
      "level": "error", "message": ["text": .string("\(unread.file) was not read: \(unread.reason).")],
      "locations": [["physicalLocation": ["artifactLocation": location(unread.file)]]],
    ]
  }

  private static func location(_ file: String) -> JSON {
    let path = file.split(separator: "/").map { PercentEncoding.encode(String($0)) }.joined(separator: "/")
    return ["uri": .string(path), "uriBaseId": .string(root)]
  }
}
