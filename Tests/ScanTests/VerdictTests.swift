import Bridge
import Testing

@testable import Scan

/// What becomes of a call, as the bridge's own tables say.
struct VerdictTests {
  private func standing(_ call: String) -> Standing? { Code.findings("$app = new iSDK; $app->\(call);").last?.standing }

  @Test("a call is carried, different or not carried as the bridge says of its method")
  func methods() throws {
    for method in BridgeMethod.all where !Verdict.isOfTables(method.name) {
      let verdict = Verdict.of(FoundCall(line: 1, method: method.name))
      let (standing, words): (Standing, [String]) =
        switch method.verdict {
        case .exact: (.carried, [])
        case .differs(let how): (.different, [how])
        case .refused(let why, let instead): (.notCarried, [why, instead])
        }
      #expect(verdict.standing == standing, "\(method.name)")
      #expect(words.allSatisfy { verdict.sentence.contains($0.dropFirst().prefix(30)) }, "\(method.name)")
    }
    #expect(BridgeMethod.all.count > 100)
  }

  @Test("a call of the DataService is carried where the bridge has its table, for what that table takes")
  func tables() throws {
    #expect(standing("dsQuery('Contact', 1, 0, [], [])") == .different)
    #expect(standing("dsAdd('Contact', [])") == .different)
    #expect(standing("dsQuery('Lead', 1, 0, [], [])") == .different)
    #expect(standing("dsAdd('Lead', [])") == .notCarried)
    #expect(standing("dsQuery('MtgLead', 1, 0, [], [])") == .notCarried)
    #expect(standing("dsLoad('Ticket', 1, [])") == .notCarried)
    for table in BridgeTable.all {
      let verdict = Verdict.of(FoundCall(line: 1, method: "DataService.delete", table: .named(table.name)))
      #expect((verdict.standing == .notCarried) == !table.isDeleted, "\(table.name)")
    }
  }

  @Test("what cannot be told is said to be so, and never called carried")
  func untold() throws {
    let open = try #require(Code.findings("$app = new iSDK; $app->dsQuery($t, 1, 0, [], []);").first)
    #expect(open.standing == .untold && open.sentence.contains("Carried are") && open.sentence.contains("Contact"))
    #expect(standing("$method(1)") == .untold)
    #expect(Code.findings("infusionsoft(); $m = new xmlrpcmsg($_GET['m']);").map(\.standing) == [.untold])
  }

  @Test("the methods of SDKs are Keap's as the bridge names them, and what it does not know is not carried")
  func names() {
    let methods = Set(ClassMethods.iSDK.values).union(ClassMethods.gem.values)
    let unknown = methods.filter { Verdict.known[$0.lowercased()] == nil }
    #expect(unknown.count < 20, "\(unknown.sorted())")
    #expect(unknown.allSatisfy { Verdict.of(FoundCall(line: 1, method: $0)).standing == .notCarried })
    #expect(Set(Services.accessors.values).isSubset(of: Services.names))
    let judged = Set(BridgeMethod.all.map { String($0.name.prefix { $0 != "." }) })
    #expect(judged.isSubset(of: Services.names))
  }
}
