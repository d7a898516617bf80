import Bridge
import Testing

@testable import Scan

/// What becomes of a call, as the bridge's own tables say.
struct VerdictTests {
  private func standing(_ call: String) -> Standing? { Code.findings("$app = new iSDK; $app->\(call);").last?.standing }

  @Test("a call is carried, different or not carried as the bridge says of its method")
  func methods() throws {
    for method in BridgeMethod.all where !Verdict.isOfTables(method.name) && method.name != Verdict.settingMethod {
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
      #expect((of(.delete, table.name).standing == .notCarried) == !table.isDeleted, "\(table.name)")
    }
    #expect(of(.load, "OrderItem").standing == .notCarried && of(.load, "Invoice").standing == .different)
  }

  private func of(_ act: TableAct, _ table: String) -> Verdict {
    Verdict.of(FoundCall(line: 1, method: "DataService.\(act.rawValue)", subject: .table(table)))
  }

  @Test("K30: a difference is told of the acts that it concerns, and of no others")
  func differences() {
    #expect(of(.delete, "Contact").standing == .carried && of(.delete, "ContactGroup").standing == .carried)
    #expect(of(.load, "Lead").standing == .carried && of(.load, "User").standing == .carried)
    for act in TableAct.allCases {
      let onTags = of(act, "ContactGroup").sentence, onContacts = of(act, "Contact").sentence
      #expect(onTags.contains("out of its category") == (act == .update), "\(act)")
      #expect(onContacts.contains("needs an e-mail address") == (act == .add), "\(act)")
      #expect(onContacts.contains("are told as names") == [.load, .query, .findByField].contains(act), "\(act)")
      #expect(of(act, "ContactAction").sentence.contains("Tasks come first") == [.query, .findByField].contains(act))
      #expect(
        of(act, "ContactGroupAssign").sentence.contains("A query names one")
          == [.query, .findByField, .count].contains(act), "\(act)")
      for table in BridgeTable.all where !act.isDone(to: table) || [.load, .query].contains(act) {
        #expect(!of(act, table.name).sentence.contains("read and not written"), "\(act) \(table.name)")
      }
    }
    #expect(of(.findByField, "Campaign") == of(.query, "Campaign"))
    // What the bridge says of a table has its act here.
    for table in BridgeTable.all {
      let said = (table.difference ?? "").split(separator: ". ").filter { !$0.contains("read and not written") }
      let told = TableAct.allCases.contains { $0.differences(on: table.name) != $0.differences(on: "Campaign") }
      #expect(said.isEmpty || told, "\(table.name)")
    }
  }

  @Test("K30: whatever is not carried is told with what to do instead")
  func instead() throws {
    for method in BridgeMethod.all {
      if case .refused(let why, let instead) = method.verdict {
        #expect(!why.isEmpty && !instead.isEmpty, "\(method.name)")
      }
    }
    let ways = ["Call ", "Do it in Keap", "Query ", "Read ", "Start ", "Move ", "in your program", "Name one of"]
    for table in Verdict.tables.values {
      for act in TableAct.allCases where of(act, table).standing == .notCarried {
        let sentence = of(act, table).sentence
        #expect(ways.contains { sentence.contains($0) }, "\(act) \(table): \(sentence)")
      }
    }
    let unknown = Verdict.of(FoundCall(line: 1, method: "ContactService.addEverything"))
    #expect(unknown.standing == .notCarried && unknown.sentence.contains("call that with the same key"))
    #expect(of(.load, "OrderItem").sentence.contains("Call DataService.query with its OrderId."))
    #expect(of(.add, "Lead").sentence.contains("Call POST /crm/rest/v2/opportunities with the same key."))
    #expect(of(.add, "ContactGroupAssign").sentence.contains("Call ContactService.addToGroup."))
    #expect(of(.query, "LeadSource").sentence.contains("/crm/rest/v2/leadSources"))
  }

  @Test("K30: a table that can be seen and is none is not carried, and the tables that there are are told")
  func noTable() throws {
    let calls = [
      "$app = new iSDK; $app->dsQuery(\"Nonsense\", 10, 0, array('Id' => '%'), array('Id'));",
      "$infusionsoft->data()->query('Nonsense', 10, 0, ['Id' => '%'], ['Id'], 'Id', true);",
      "infusionsoft(); $b = xmlrpc_encode_request('DataService.query', array($key, 'Nonsense', 10, 0, array(), array()));",
      "infusionsoft(); $m = new xmlrpcmsg('DataService.count', array(new xmlrpcval($key), new xmlrpcval('Nonsense')));",
      "infusionsoft(); $c->query('DataService.load', $key, 'Nonsense', 4, array('Company'));",
      "$x = '<methodName>DataService.add</methodName><value>' . \"\\n\" . '</value>';"
        + " $y = '<methodName>DataService.add</methodName><param>{$k}</param><param>Nonsense</param>';",
    ]
    for call in calls {
      let finding = try #require(Code.findings(call).last)
      #expect(finding.standing == .notCarried && finding.table == "Nonsense", "\(call)")
      #expect(finding.sentence.contains("Name one of these: ") && finding.sentence.contains("ContactGroup"), "\(call)")
    }
    // What does not look like a name might be a secret.
    let secret = try #require(Code.findings("$app = new iSDK; $app->dsLoad('a1b2c3d4e5', 4, array());").first)
    #expect(secret.standing == .notCarried && secret.table == nil && !secret.sentence.contains("a1b2"))
    // The fields of a row are no table.
    let open = "infusionsoft(); $b = xmlrpc_encode_request('DataService.load', array($key, $t, $id, array('Company')));"
    #expect(Code.findings(open).map(\.standing) == [.untold])
  }

  @Test("K30: a setting that the bridge has is carried, and one that it always refuses is not")
  func settings() throws {
    #expect(standing("dsGetSetting('Contact', 'optiontypes')") == .carried)
    #expect(standing("dsGetSetting('contact', 'OptionTitles')") == .carried)
    #expect(standing("dsGetSetting('Order', 'optiontypes')") == .notCarried)
    #expect(standing("dsGetSetting('Contact', 'defaultcountry')") == .notCarried)
    #expect(standing("dsGetSetting($module, 'optiontypes')") == .untold)
    let raw = [
      "$infusionsoft->data()->getAppSetting('Order', 'optionsources');",
      "infusionsoft(); $b = xmlrpc_encode_request('DataService.getAppSetting', array($key, 'Order', 'optionsources'));",
      "$x = '<methodName>DataService.getAppSetting</methodName><v>{$k}</v><v>Order</v><v>optionsources</v>';",
    ]
    for call in raw {
      let finding = try #require(Code.findings(call).first)
      #expect(finding.standing == .notCarried && finding.call == "DataService.getAppSetting(Order.optionsources)")
      #expect(finding.sentence.contains("optionphonetypes") && finding.sentence.contains("Keep its value"), "\(call)")
    }
  }

  @Test("K30: what cannot be told is said to be so, and never called carried")
  func untold() throws {
    let open = try #require(Code.findings("$app = new iSDK; $app->dsQuery($t, 1, 0, [], []);").first)
    #expect(open.standing == .untold && open.sentence.contains("Carried are") && open.sentence.contains("Contact"))
    #expect(standing("$method(1)") == .untold && Standing.untold.needsWork)
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
