/// What a scan has found, file by file.
package struct ScanReport: Sendable {
  package struct Unread: Equatable, Sendable, Encodable {
    package var file: String
    package var reason: String
  }

  package struct Copy: Equatable, Sendable, Encodable {
    package var file: String
    /// Which SDK it is of.
    package var sdk: String
  }

  /// Calls that are the same to whoever changes them.
  package struct Group: Equatable, Sendable {
    package var call: String
    package var standing: Standing
    package var sentence: String
    package var count: Int
    /// `file:line` of the first of them.
    package var places: [String]
  }

  /// How many files were read.
  package private(set) var files = 0
  /// In the order of their files and lines.
  package private(set) var findings: [Finding] = []
  package private(set) var copies: [Copy] = []
  package private(set) var unread: [Unread] = []
  private var passing: [(function: String, finding: Finding)] = []
  private var givenMethods: Set<String> = []
  /// Calls about all fields that an SDK knows, which a copy of it may say.
  private var ofSDK: [(call: FoundCall, file: String)] = []
  private var known: [String: [String]] = [:]

  package init() {}

  package mutating func add(_ content: SourceContent, of file: String) {
    files += 1
    switch content {
    case .calls(let calls):
      findings += calls.calls.filter { !$0.fields.isOfSDK }.map { Finding($0, in: file) }
      ofSDK += calls.calls.filter(\.fields.isOfSDK).map { ($0, file) }
      passing += calls.passing.map { ($0.function, Finding(FoundCall(line: $0.line), in: file)) }
      givenMethods.formUnion(calls.givenMethods)
    case .copy(let sdk, let fields):
      copies.append(Copy(file: file, sdk: sdk))
      if let fields { known[fields.table] = fields.names }
    case .binary: files -= 1
    }
  }

  package mutating func add(_ unread: Unread) { self.unread.append(unread) }

  /// Ends the scan: a function that passes methods on is told of where nobody is seen to give it one, and what an SDK asks for is
  /// what its copy says, where there is one.
  package mutating func finish() {
    findings += passing.filter { !givenMethods.contains($0.function) }.map(\.finding)
    findings += ofSDK.map { call, file in
      var call = call
      if case .table(let table) = call.subject, let names = known[table] {
        if call.fields.asked.isOfSDK { call.fields.asked.names = names }
        if call.fields.written.isOfSDK { call.fields.written.names = names }
      }
      return Finding(call, in: file)
    }
    (passing, ofSDK) = ([], [])
    findings.sort { ($0.file, $0.line, $0.column ?? 0) < ($1.file, $1.line, $1.column ?? 0) }
  }

  package func count(_ standing: Standing) -> Int { findings.count { $0.standing == standing } }

  /// How many calls somebody has to look after before XML-RPC ends.
  package var needingWork: Int { findings.count { $0.standing.needsWork } }

  package var needsWork: Bool { needingWork > 0 }

  /// Findings by what is called, the most frequent first.
  package func groups(_ standing: Standing) -> [Group] {
    var groups: [String: Group] = [:]
    for finding in findings where finding.standing == standing {
      let new = Group(call: finding.call, standing: standing, sentence: finding.sentence, count: 0, places: [])
      groups[finding.call + "\n" + finding.sentence, default: new].count += 1
      if let count = groups[finding.call + "\n" + finding.sentence]?.count, count <= 3 {
        groups[finding.call + "\n" + finding.sentence]?.places.append("\(finding.file):\(finding.line)")
      }
    }
    return groups.values.sorted { ($1.count, $0.call, $0.sentence) < ($0.count, $1.call, $1.sentence) }
  }
}
