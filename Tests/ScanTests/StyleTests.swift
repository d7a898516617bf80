import Foundation
import Testing

@testable import Scan

/// Code as it is found in the wild, and what a person sees in it.
struct StyleTests {
  @Test("every call of code in the wild is found on its line, and nothing else")
  func calls() throws {
    let list = try String(contentsOfFile: Code.folder + "/calls.txt", encoding: .utf8)
    let expected = list.split(separator: "\n").map(String.init)
    let found = try Code.report(of: "calls").findings.map { "\($0.file):\($0.line) \(Code.name($0))" }
    #expect(expected.count > 150)
    #expect(Set(expected).subtracting(found) == [], "not found")
    #expect(Set(found).subtracting(expected) == [], "false alarms")
    #expect(found.sorted() == expected.sorted())
  }

  @Test("what is in comments, shown, compared or another class's own is no call")
  func traps() throws {
    let report = try Code.report(of: "traps")
    #expect(report.findings == [])
    #expect(report.files > 5 && report.copies == [])
  }

  @Test("the source of an SDK is named, and its calls are not counted")
  func copies() throws {
    let report = try Code.report(of: "copies")
    #expect(report.findings == [])
    #expect(
      Set(report.copies.map { "\($0.file): \($0.sdk)" }) == [
        "ContactService.php: the official PHP SDK", "ContactServiceBase.php: Novak's PHP SDK",
        "IContactServiceDefinition.cs: InfusionSoft.NET", "contact.rb: the Ruby gem infusionsoft",
        "isdk.php: the iSDK class", "keap.php: the iSDK class", "library.py: Keap's Python library",
      ])
  }

  @Test("a class is what the code around it says, and a variable what was last put into it")
  func classes() {
    let two = "<?php $a = new iSDK; $a->getFile(1); $a = new Other; $a->getFile(1);"
    #expect(Code.calls(two) == ["1 FileService.getFile"])
    #expect(Code.calls("<?php function f(Other $a) { $a->getFile(1); } $a = new iSDK;") == [])
    #expect(Code.calls("<?php use Old\\iSDK as Crm; (new Crm())->getFile(1);") == ["1 FileService.getFile"])
    #expect(Code.calls("<?php /** @var iSDK $a */ $a->optIn('x');") == ["1 APIEmailService.optIn"])
    #expect(Code.calls("<?php $a->cfgCon('x'); $a->optIn('x'); $b->optIn('x');") == ["1 APIEmailService.optIn"])
    #expect(Code.calls("<?php $a = new isdk; $a->DSQUERY('contact', 1);") == ["1 DataService.query(Contact)"])
  }

  @Test("a function that passes methods on is told of only where nobody is seen to give it one")
  func passing() {
    let function = "<?php function call($m) { return xmlrpc_encode_request($m, keap()); }\n"
    #expect(Code.calls(function) == ["1 ?"])
    #expect(Code.calls(function + "call('ContactService.load');") == ["2 ContactService.load"])
    #expect(Code.calls(function + "log_it('ContactService.load');") == ["1 ?"])
  }

  @Test("a table is told only where it is one of Keap's, so that no secret is printed")
  func tables() {
    #expect(
      Code.calls("import infusionsoft\nserver.DataService.query('s3cret', table, 1, 0, {}, [])", .python) == [
        "2 DataService.query(*)"
      ])
    #expect(
      Code.calls("<?php $b = xmlrpc_encode_request('DataService.load', array('k', $t, 4, array('Company')));") == [
        "1 DataService.load(*)"
      ])
  }
}
