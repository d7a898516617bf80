import Foundation
import Testing
import Wire

@testable import Scan

/// What a scan says, in words and as data.
struct ReportTests {
  private let code = """
    $app = new iSDK;
    $app->mergeCon(1, 2);
    $app->runAS(1, 2); $app->runAS(1, 3);
    $app->runAS(2, 3);
    $app->loadCon(1, []);
    $app->$method(1);
    """

  private func report(_ text: String, of file: String = "jobs/a b.php") -> ScanReport {
    var report = ScanReport()
    report.add(.of(Array("<?php\n\(text)\n".utf8), .php, path: file), of: file)
    report.finish()
    return report
  }

  @Test("a line tells the place, the call, the verdict and what there is to say")
  func lines() {
    let lines = report(code).lines(in: "old/")
    #expect(lines.count == 6)
    #expect(lines[0] == "old/jobs/a b.php:3  ContactService.merge  carried")
    #expect(lines[1].hasPrefix("old/jobs/a b.php:4  ContactService.runActionSequence  not carried  "))
    #expect(lines[5].hasPrefix("old/jobs/a b.php:7  a method unknown  cannot be told  "))
  }

  @Test("a summary tells how many calls go on, what is to be changed most, and what to do next")
  func summary() throws {
    let report = report(code), summary = report.summary(in: "old/")
    #expect(
      summary[0] == "6 calls of Keap's XML-RPC in 1 of 1 file: 1 goes on as it is, 1 goes on with a difference, "
        + "4 need a hand, 1 of them because it cannot be told.")
    #expect(summary.contains { $0.hasPrefix("  3 × ContactService.runActionSequence, at old/jobs/a b.php:4, ") })
    #expect(summary.last?.hasPrefix("Next: change what is listed before XML-RPC ends on 31 December 2026") == true)
    #expect(report.groups(.notCarried).map(\.count) == [3])
    #expect(report.needsWork)
  }

  @Test("K30: a hand is needed for what is not carried alone, and where there is no call nothing is to be done")
  func shares() {
    let fine = report("$app = new iSDK; $app->mergeCon(1, 2); $app->loadCon(1, []);")
    #expect(fine.needingWork == 0 && !fine.needsWork)
    #expect(fine.summary(in: "")[0].hasSuffix("1 goes on as it is, 1 goes on with a difference, 0 need a hand."))
    #expect(fine.summary(in: "").last?.hasPrefix("Next: point this code at the keeper") == true)
    let many = String(repeating: "$app->mergeCon(1, 2);\n", count: 999)
    let nearly = report("$app = new iSDK;\n\(many)$app->runAS(1, 2);")
    #expect(nearly.needingWork == 1 && nearly.needsWork)
    #expect(nearly.summary(in: "")[0].hasSuffix("999 go on as they are, 0 go on with a difference, 1 needs a hand."))
    let none = report("echo 1;")
    #expect(!none.needsWork && none.summary(in: "").last?.hasPrefix("Next: nothing") == true)
    let copy = report("class iSDK { }")
    #expect(copy.summary(in: "").last?.hasPrefix("Next: point this code at the keeper") == true)
  }

  @Test("K30: what could not be read is the first thing to do, and hides nothing of the rest")
  func steps() {
    var report = report(code)
    report.add(ScanReport.Unread(file: "b.php", reason: "it cannot be read"))
    let summary = report.summary(in: "old/")
    #expect(summary.contains("old/b.php was not read: it cannot be read."))
    let next = summary.last ?? ""
    #expect(next.hasPrefix("Next: make readable what was not read and scan again; then change what is listed before "))
    #expect(next.contains("; then point this code at the keeper's /crm/xmlrpc/v1"))
    var unread = ScanReport()
    unread.add(ScanReport.Unread(file: "b.php", reason: "it cannot be read"))
    #expect(unread.summary(in: "").last == "Next: make readable what was not read and scan again.")
  }

  @Test("K30: where there is no code, that is said, and not that nothing is to be done")
  func noCode() {
    let summary = ScanReport().summary(in: "old/")
    #expect(summary == ["There is no code here that can be read.", "Next: name the folder in which the code is."])
  }

  @Test("names of files are made printable, and what was not read is told")
  func printing() {
    var report = report("$app = new iSDK; $app->mergeCon(1, 2);", of: "a\u{1B}[2J.php")
    #expect(report.lines(in: "") == ["a\\u001b[2J.php:2  ContactService.merge  carried"])
    report.add(ScanReport.Unread(file: "b\n.php", reason: "it cannot be read"))
    #expect(report.summary(in: "").contains("b\\u000a.php was not read: it cannot be read."))
  }

  @Test("JSON holds each finding, what is to be changed and the counts")
  func json() throws {
    let encoder = JSONEncoder()
    let document = try JSON.parse(Array(encoder.encode(ScanDocument(report(code), root: "/srv/old"))))
    #expect(document["root"] == "/srv/old" && document["files"] == 1 && document["calls"] == 6)
    let counts = ["carried", "different", "notCarried", "untold"].map { document[$0]?.integer }
    #expect(counts == [1, 1, 3, 1])
    #expect(document["needsHand"] == 4 && document["carriedPercent"] == nil)
    let first = try #require(document["findings"]?[0])
    #expect(first["file"] == "jobs/a b.php" && first["line"] == 3 && first["method"] == "ContactService.merge")
    #expect(first["verdict"] == "carried" && first["sentence"] == "" && first["column"] == 7)
    #expect(document["findings"]?[5]?["verdict"] == "cannot_be_told" && document["findings"]?[5]?["method"] == nil)
    let change = try #require(document["toChange"]?[0])
    #expect(change["count"] == 3 && change["call"] == "ContactService.runActionSequence")
    #expect(document["copies"] == [] && document["unread"] == [])
  }

  @Test("SARIF holds a rule for each verdict of a method, and each result at a relative address")
  func sarif() throws {
    var report = report(code)
    report.add(ScanReport.Unread(file: "b.php", reason: "it cannot be read"))
    let document = SARIF.document(report, root: "/srv/old shop", version: "0.1.0")
    #expect(document["version"] == "2.1.0" && document["$schema"]?.string?.contains("sarif-2.1.0") == true)
    let run = try #require(document["runs"]?[0])
    let driver = try #require(run["tool"]?["driver"])
    #expect(driver["name"]?.string?.isEmpty == false)
    let rules = try #require(driver["rules"]?.array)
    let ids = rules.compactMap { $0["id"]?.string }
    #expect(
      ids == [
        "carried/ContactService.merge", "not_carried/ContactService.runActionSequence", "different/ContactService.load",
        "cannot_be_told/unnamed",
      ])
    #expect(rules.allSatisfy { $0["shortDescription"]?["text"]?.string?.isEmpty == false })
    #expect(run["originalUriBaseIds"]?["SRCROOT"]?["uri"] == "file:///srv/old%20shop/")
    #expect(run["invocations"]?[0]?["executionSuccessful"] == false)
    #expect(run["invocations"]?[0]?["toolExecutionNotifications"]?.array?.count == 1)
    let results = try #require(run["results"]?.array)
    #expect(results.count == 6)
    for result in results {
      let index = try #require(result["ruleIndex"]?.integer)
      #expect(result["ruleId"] == rules[Int(index)]["id"])
      #expect(result["message"]?["text"]?.string?.isEmpty == false)
      // SARIF 3.27.10: what is no failure has the level none.
      #expect(result["kind"] == "fail" || result["level"] == "none")
      let place = try #require(result["locations"]?[0]?["physicalLocation"])
      #expect(place["artifactLocation"] == ["uri": "jobs/a%20b.php", "uriBaseId": "SRCROOT"])
      #expect(try #require(place["region"]?["startLine"]?.integer) >= 1)
    }
    let levels = Set(results.compactMap { $0["level"]?.string })
    #expect(levels == ["none", "note", "warning", "error"])
  }

  @Test("K30: in SARIF addresses are relative and percent-encoded, and columns count from 1 in UTF-16 units")
  func places() throws {
    var report = ScanReport()
    let text =
      "<?php\n$app = new iSDK;\n/* ü𝄞 */ $app->mergeCon(1, 2);$app->mergeCon(3, 4);\n$x = <<<X\n"
      + "\n<methodName>ContactService.merge</methodName>\nX;\n"
    report.add(.of(Array(text.utf8), .php, path: "x"), of: "grüße/50% a:b#?.php")
    report.finish()
    let results = try #require(
      SARIF.document(report, root: "/srv/ä b", version: "0.1.0")["runs"]?[0]?["results"]?.array)
    let places = results.compactMap { $0["locations"]?[0]?["physicalLocation"] }
    #expect(
      places.allSatisfy {
        $0["artifactLocation"]?["uri"] == "gr%C3%BC%C3%9Fe/50%25%20a%3Ab%23%3F.php"
      })
    #expect(places.map { $0["region"]?["startLine"]?.integer } == [3, 3, 6])
    // What lies within a text has a line alone.
    #expect(places.map { $0["region"]?["startColumn"]?.integer } == [17, 38, nil])
    let run = SARIF.document(report, root: "/srv/ä b", version: "0.1.0")["runs"]?[0]
    #expect(run?["originalUriBaseIds"]?["SRCROOT"]?["uri"] == "file:///srv/%C3%A4%20b/")
    #expect(run?["columnKind"] == "utf16CodeUnits")
  }
}
