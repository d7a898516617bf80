import Foundation
import TestKit
import Testing

@testable import Scan

/// Which files of a folder are read.
struct TreeTests {
  private let call = Data("<?php $app->loadCon(1, []);".utf8)

  private func write(_ data: Data, to file: String, in folder: TemporaryFolder) throws {
    let path = folder.file(file)
    try FileManager.default.createDirectory(
      atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    try data.write(to: URL(filePath: path))
  }

  @Test("sources are read by their names or first lines, in order, and not what keeps versions or is linked to")
  func files() throws {
    let folder = try TemporaryFolder()
    for file in [
      "b.php", "a/c.inc", "a/d.PHP", ".git/e.php", "node_modules/x/f.php", "g.txt", "vendor/infusionsoft/php-sdk/h.php",
      "tool",
    ] { try write(call, to: file, in: folder) }
    try write(Data("#!/usr/bin/env php\n<?php $app->loadCon(1, []);".utf8), to: "bin/cron", in: folder)
    try write(Data("#!/bin/sh\nloadCon".utf8), to: "bin/run", in: folder)
    try write(Data([0xFE, 0, 1, 2]), to: "picture.php", in: folder)
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link.php"), withDestinationPath: folder.file("b.php"))
    try FileManager.default.createSymbolicLink(atPath: folder.file("loop"), withDestinationPath: folder.path)
    let report = try Code.scanned(folder.path)
    #expect(report.findings.map(\.file) == ["a/c.inc", "a/d.PHP", "b.php", "bin/cron", "tool"])
    #expect(report.copies.map(\.file) == ["vendor/infusionsoft/php-sdk/h.php"])
    #expect(report.unread == [])
  }

  @Test("a folder is the one that its path leads to, whatever dots are in it, and code in wide letters is read")
  func places() throws {
    let folder = try TemporaryFolder()
    try write(call, to: "a/b/one.php", in: folder)
    let wide = "\u{FEFF}<?php $app->loadCon(1, []);".data(using: .utf16LittleEndian)
    try write(try #require(wide), to: "wide.php", in: folder)
    #expect(try Code.scanned(folder.file("a/b/..")).findings.map(\.file) == ["b/one.php"])
    #expect(try Code.scanned(folder.file("a/../a/b/one.php")).findings.map(\.file) == ["one.php"])
    #expect(try Code.scanned(folder.file("wide.php")).findings.map(\.file) == ["wide.php"])
  }

  @Test("one file is read by its own name, through a link too")
  func oneFile() throws {
    let folder = try TemporaryFolder()
    try write(call, to: "a.php", in: folder)
    try write(Data("no code".utf8), to: "b.txt", in: folder)
    try FileManager.default.createSymbolicLink(atPath: folder.file("c.php"), withDestinationPath: folder.file("a.php"))
    #expect(try Code.scanned(folder.file("a.php")).findings.map(\.file) == ["a.php"])
    #expect(try Code.scanned(folder.file("c.php")).findings.map(\.file) == ["c.php"])
    #expect(try Code.scanned(folder.file("b.txt")).unread.map(\.file) == ["b.txt"])
    #expect(throws: SourceTree.Unfit.self) { try SourceTree(path: folder.file("none")) }
  }

  @Test("what is too large, too deep or closed is named, and nothing is said to be well of it")
  func bounds() throws {
    let folder = try TemporaryFolder()
    var large = Data("<?php ".utf8)
    large.append(Data(repeating: 0x20, count: SourceTree.largestFile))
    try write(large, to: "large.php", in: folder)
    let deep = Array(repeating: "d", count: SourceTree.deepest + 1).joined(separator: "/")
    try write(call, to: deep + "/a.php", in: folder)
    try write(call, to: "closed.php", in: folder)
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.file("closed.php"))
    let report = try Code.scanned(folder.path)
    // Root reads what is closed.
    let closed = getuid() == 0 ? [] : ["closed.php"]
    #expect(Set(report.unread.map(\.file)) == Set([deep, "large.php"] + closed))
    #expect(report.unread.contains { $0.reason == "it is larger than 8 MiB" })
  }
}
