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

  @Test("K30: a socket and a device are never opened, in a folder or by their names")
  func sockets() throws {
    let folder = try TemporaryFolder()
    try write(call, to: "a.php", in: folder)
    let socket = folder.file("b.php")
    try #require(mknod(socket, S_IFSOCK | 0o600, 0) == 0)
    #expect(throws: SourceTree.Unfit.self) { try SourceTree(path: socket) }
    #expect(throws: SourceTree.Unfit.self) { try SourceTree(path: "/dev/null") }
    let report = try Code.scanned(folder.path)
    #expect(report.findings.map(\.file) == ["a.php"] && report.unread == [] && report.files == 1)
  }

  @Test("K30: a pipe is never opened, so that nobody waits for what might come")
  func pipes() throws {
    let folder = try TemporaryFolder()
    try write(call, to: "a.php", in: folder)
    let pipe = folder.file("b.php")
    try #require(mkfifo(pipe, 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: folder.file("c.php"), withDestinationPath: pipe)
    #expect(throws: SourceTree.Unfit.self) { try SourceTree(path: pipe) }
    #expect(throws: SourceTree.Unfit.self) { try SourceTree(path: folder.file("c.php")) }
    let report = try Code.scanned(folder.path)
    #expect(report.findings.map(\.file) == ["a.php"] && report.unread == [] && report.files == 1)
  }

  @Test("K30: a folder without code has no files, and a name that no text can hold is told")
  func nothing() throws {
    let folder = try TemporaryFolder()
    try write(Data("text".utf8), to: "a/notes.txt", in: folder)
    let report = try Code.scanned(folder.path)
    #expect(report.files == 0 && report.unread == [] && report.findings == [])
    // In Latin-1.
    let name = Array(folder.file("gr").utf8) + [0xFC, 0xDF] + Array(".php".utf8) + [0]
    let descriptor = open(name.map { CChar(bitPattern: $0) }, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    close(descriptor)
    #expect(try Code.scanned(folder.path).unread.map(\.reason) == ["it cannot be found by its name"])
  }

  @Test("K30: files are told behind the path that was typed, so that an editor opens them from there")
  func typed() throws {
    let folder = try TemporaryFolder()
    try write(call, to: "old code/a.php", in: folder)
    #expect(try SourceTree(path: folder.path).typed == folder.path + "/")
    #expect(try SourceTree(path: folder.path + "/").typed == folder.path + "/")
    #expect(try SourceTree(path: folder.file("old code/../old code")).typed == folder.file("old code/../old code/"))
    #expect(try SourceTree(path: folder.file("old code/a.php")).typed == folder.file("old code/"))
    #expect(try SourceTree(path: ".").typed == "")
    #expect(try SourceTree(path: "./").typed == "./")
    let tree = try SourceTree(path: folder.file("old code")), report = try Code.scanned(folder.file("old code"))
    let place = folder.file("old code/a.php") + ":1"
    #expect(report.lines(in: tree.typed).allSatisfy { $0.hasPrefix(place + "  ") })
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

  @Test("K30: what is too large, too deep or closed is named, and nothing is said to be well of it")
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
