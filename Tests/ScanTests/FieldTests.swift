import Testing

@testable import Scan

/// The fields that a call names, and what becomes of it by them.
struct FieldTests {
  private func finding(_ call: String) throws -> Finding {
    try #require(Code.findings("$app = new iSDK; infusionsoft(); \(call)").last)
  }

  @Test("K30: a call that names a field which REST does not have is not carried, and says which, why and what to do")
  func refused() throws {
    let addresses = try finding("$app->dsQuery('Contact', 9, 0, array('Email' => $e), array('Id', 'Address1Type'));")
    #expect(addresses.standing == .notCarried && addresses.method == "DataService.query")
    #expect(addresses.sentence.contains("fields of Contact: Address1Type: REST's addresses have no type."))
    #expect(addresses.sentence.contains("Leave it out of the call."))
    for (call, words) in [
      ("$app->loadCon(4, ['Id', 'SSN']);", "SSN: "), ("$app->findByEmail($e, array('Username'));", "Username: "),
      ("$app->addCon(array('FirstName' => 'Ada', 'Password' => $p));", "Password: "),
      ("$app->updateCon(4, array('DateCreated' => $now));", "DateCreated: REST does not take it"),
      ("$app->dsUpdate('Company', 4, array('Phone2' => $p, 'City2' => $c));", "Phone2 and City2: it has no such field"),
      ("$app->dsQuery('Contact', 1, 0, array('Nonsense' => 1), array('Id'));", "Nonsense: it has no such field"),
      ("$app->dsQueryOrderBy('Contact', 1, 0, [], ['Id'], 'Validated', true);", "Validated: "),
      ("$app->dsFind('Contact', 1, 0, 'SSN', $n, array('Id'));", "SSN: "),
      ("$app->dsQuery('Lead', 1, 0, [], array('Id', '_Shoe'));", "_Shoe: it has no such field"),
      ("$app->dsCount('Contact', array('Validated' => 1));", "Validated: "),
      ("$fields = array('Id', 'Username'); $app->dsLoad('Contact', 4, $fields);", "Username: "),
      ("$infusionsoft->data()->query('Contact', 1, 0, ['Id' => 1], ['Validated'], 'Id', true);", "Validated: "),
      ("$b = xmlrpc_encode_request('DataService.load', array($key, 'Contact', 4, array('SSN')));", "SSN: "),
      (
        "$m = new xmlrpcmsg('ContactService.load', array(php_xmlrpc_encode($k), php_xmlrpc_encode(4), "
          + "php_xmlrpc_encode(array('SSN'))));", "SSN: "
      ),
      ("$c->query('ContactService.update', $key, 4, array('SSN' => $n));", "SSN: "),
    ] {
      let finding = try finding(call)
      #expect(finding.standing == .notCarried, "\(call)")
      #expect(finding.sentence.contains(words), "\(call): \(finding.sentence)")
    }
  }

  @Test("fields that the bridge takes, those of an account's own and the number of a change are no obstacle")
  func taken() throws {
    for call in [
      "$app->dsUpdate('Contact', 4, array('Id' => 4, 'City' => 'Rom', '_Shoe' => 39));",
      "$app->addCon(array('firstname' => 'Ada', 'StreetAddress1' => $s, $name => $value));",
      "$app->dsQuery('ContactGroupAssign', 9, 0, array('GroupId' => 4), array('ContactId', 'Contact.Email'));",
      "$app->dsQuery('Contact', 9, 0, array('_Shoe' => 39), array_merge($fields, array('SSN')));",
    ] {
      #expect(try finding(call).standing == .different, "\(call)")
    }
  }

  @Test("K30: that states and countries are told in other words is said only where they are asked for, or may be")
  func regions() throws {
    for fields in ["array('Id')", "['Id', \"Email\",]", "$known"] {
      let query = try finding("$known = array('Id', 'FirstName'); $app->dsQuery('Contact', 9, 0, $q, \(fields));")
      #expect(!query.sentence.contains("State and Country"), "\(fields)")
      let load = try finding("$known = array('Id', 'FirstName'); $app->loadCon(4, \(fields));")
      #expect(load.standing == .carried && load.sentence == "", "\(fields)")
    }
    for fields in ["array('Id', 'State2')", "['country']", "$open", "array('Id', $open)", "array('Id') + $open", "[]"] {
      let query = try finding("$app->dsQuery('Contact', 9, 0, $q, \(fields));")
      #expect(query.sentence.contains("State and Country"), "\(fields)")
      #expect(try finding("$app->loadCon(4, \(fields));").standing == .different, "\(fields)")
    }
  }

  @Test(
    "K30: a list that is added to is no longer taken for whole",
    arguments: ["$f[] = $x;", "array_push($f, $x);", "$f += $more;", "$f['a'] = $x;", "function g($f) { } $f = g($f);"])
  func added(change: String) throws {
    let finding = try finding("$f = array('Id'); \(change) $app->loadCon(4, $f);")
    #expect(finding.standing == .different)
  }

  @Test("other differences of fields are told only where they are written or asked for")
  func concerns() throws {
    func sentence(_ call: String) throws -> String { try finding(call).sentence }
    #expect(!(try sentence("$app->dsUpdate('ContactGroup', 4, array('GroupName' => 'a'));").contains("category")))
    #expect(try sentence("$app->dsUpdate('ContactGroup', 4, array('GroupCategoryId' => 0));").contains("category"))
    #expect(!(try sentence("$app->dsLoad('Company', 4, array('Company', 'City'));").contains("one address")))
    #expect(try sentence("$app->dsLoad('Company', 4, $fields);").contains("one address"))
  }

  private let all = "Infusionsoft_DataService::query(new Infusionsoft_Contact(), array('Id' => 4)"

  @Test("K30: Novak's SDK asks for each field that it knows, unless its caller names some")
  func defaults() throws {
    for call in [
      "\(all));", "\(all), 10, 0);", "\(all), 10, 0, false);", "$a = new Infusionsoft_Contact($id);",
      "$a = new Infusionsoft_Contact(); $a->load(4);",
      "Infusionsoft_DataService::queryWithOrderBy(new Infusionsoft_Contact(), $q, 'Id', true);",
    ] {
      let finding = try finding(call)
      #expect(finding.standing == .notCarried, "\(call)")
      #expect(finding.sentence.contains("Address1Type, Address2Type and Address3Type: REST's addresses"), "\(call)")
      #expect(finding.sentence.contains("Infusionsoft/Generated/Contact.php"), "\(call)")
    }
    let named = try finding("\(all), 10, 0, array('Id', 'Email'));")
    #expect(named.standing == .different && !named.sentence.contains("State and Country"))
    #expect(try finding("$a = new Infusionsoft_ContactGroup(4);").standing == .carried)
    #expect(try finding("$a = new Infusionsoft_Contact(); $a->save();").standing == .different)
  }

  @Test("K30: Novak's SDK writes back what a row was read with, and of a new row what was put into it")
  func rows() throws {
    for call in [
      "$a = new Infusionsoft_Contact($id); $a->FirstName = 'Ada'; $a->save();",
      "$all = \(all)); foreach ($all as $one) { $one->save(); }", "$all = \(all)); array_shift($all)->save();",
    ] {
      let finding = try finding(call)
      #expect(finding.standing == .notCarried && finding.method == "DataService.update", "\(call)")
      #expect(finding.sentence.contains("LastUpdated and LastUpdatedBy: REST does not take it"), "\(finding.sentence)")
      #expect(finding.sentence.contains("save a new row instead"), "\(call)")
    }
    let named = try finding("$all = \(all), 9, 0, array('Id', 'Email')); foreach ($all as $one) { $one->save(); }")
    #expect(named.standing == .different && named.method == "DataService.update")
  }

  @Test("what a copy of Novak's SDK among the code asks for counts, and not what the SDK asked for once")
  func copies() {
    func standing(_ fields: String) -> Standing? {
      let copy =
        "<?php class Infusionsoft_Generated_Contact extends Infusionsoft_Generated_Base {"
        + " protected static $tableFields = array(\(fields)); }"
      var report = ScanReport()
      report.add(.of(Array("<?php \(all));".utf8), .php, path: "a.php"), of: "a.php")
      report.add(.of(Array(copy.utf8), .php, path: "Contact.php"), of: "Infusionsoft/Generated/Contact.php")
      report.finish()
      return report.findings.first?.standing
    }
    #expect(standing("'Id', 'Email'") == .different)
    #expect(standing("'Id', 'Address1Type'") == .notCarried)
  }

  @Test("a row is loaded with Novak's SDK where REST has all that the SDK knows of its table")
  func lists() throws {
    for table in ["ContactGroup", "ContactGroupCategory", "Stage"] {
      #expect(SDKFields.names(of: table).count > 2, "\(table)")
      #expect(try finding("$a = new Infusionsoft_\(table)(4);").standing == .carried, "\(table)")
    }
    #expect(SDKFields.names(of: "Contact").count == 80)
  }

  @Test("K30: a field that may be a secret is not shown")
  func secrets() throws {
    let finding = try finding("$app->dsQuery('Contact', 1, 0, array(), array('Id', 'a1b2c3d4e5'));")
    #expect(finding.standing == .notCarried && !finding.sentence.contains("a1b2"))
  }

  @Test("fields are seen in every language in which a list can be written out")
  func languages() {
    func standings(_ text: String, _ language: Language) -> [Standing] {
      var report = ScanReport()
      report.add(.of(Array(text.utf8), language, path: "a"), of: "a")
      report.finish()
      return report.findings.map(\.standing)
    }
    let python = "server.ContactService.load(KEY, 1, ['SSN'])\nserver.ContactService.load(KEY, 1, ['Id'])"
    #expect(standings(python, .python) == [.notCarried, .carried])
    let ruby =
      "Infusionsoft.contact_load(1, [:SSN])\nInfusionsoft.contact_load(1, %w(Id Email))\n"
      + "Infusionsoft.contact_update 1, { SSN: 'x' }\nInfusionsoft.contact_load 1, fields\nother 2, ['SSN']"
    #expect(standings(ruby, .ruby) == [.notCarried, .carried, .notCarried, .different])
    let perl =
      "$keap->call('ContactService.load', $key, 1, [qw(Id SSN)]);\n$keap->call('ContactService.load', $key, 1, ['Id']);"
    #expect(standings(perl, .perl) == [.notCarried, .carried])
    let script = "keap.methodCall('ContactService.update', [key, 1, { SSN: x }], done);"
    #expect(standings(script, .javaScript) == [.notCarried])
  }
}
