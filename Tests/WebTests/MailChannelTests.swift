import Foundation
import Keeper
import NIOCore
import NIOEmbedded
import NetworkKit
import OAuth
import Operator
import Outbound
import TestKit
import Testing
import Wire

@testable import Web

@Suite("Alerts by mail")
struct MailChannelTests {
  private let time = VirtualTime()

  private func channel(
    _ server: FakeMailServer, host: String = "localhost", to: [String] = ["ops@shop.example"], password: String? = nil,
    isTLS: Bool = false, tls: ClientTLS = .mail
  ) throws -> MailChannel {
    try MailChannel(
      MailSettings(
        host: host, port: server.port, isTLS: isTLS, from: "keeper@shop.example", to: to,
        user: password.map { _ in "keeper" }),
      password: password.map { Secret($0) }, tls: tls, clock: time.clock, logger: .silent)
  }

  @Test("to this machine a mail goes in plain text, whole and in order")
  func plain() async throws {
    let server = try await FakeMailServer.start()
    try await channel(server, to: ["ops@shop.example", "ann@shop.example"]).deliver(notice())
    #expect(
      Array(server.lines.prefix(5)) == [
        "EHLO [127.0.0.1]", "MAIL FROM:<keeper@shop.example>", "RCPT TO:<ops@shop.example>",
        "RCPT TO:<ann@shop.example>", "DATA",
      ])
    let mail = try #require(server.mails.first)
    #expect(server.mails.count == 1)
    for line in [
      "Date: Mon, 23 Nov 2026 16:00:00 +0000", "From: Evergrant <keeper@shop.example>", "To: <ops@shop.example>,",
      " <ann@shop.example>", "Subject: shop needs a person to approve again",
      "Message-ID: <alert_x_needs_approval@shop.example>", "References: <alert_x@shop.example>", "It stopped.",
      "https://keeper.example/approve/abc",
    ] { #expect(mail.contains("\r\n" + line + "\r\n") || mail.hasPrefix(line + "\r\n"), "\(line)") }
  }

  @Test("a line that begins with a dot, or is one, ends no mail")
  func dots() async throws {
    let server = try await FakeMailServer.start()
    let what = ".\n..\n.hidden\nMAIL FROM:<x@y>\n.\nlast"
    try await channel(server).deliver(notice(what: what))
    #expect(server.mails.count == 1)
    let mail = try #require(server.mails.first)
    let body = mail.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
    let undone = body.components(separatedBy: "\r\n").map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
    #expect(undone.joined(separator: "\n").contains(what.replacing("=", with: "=3D")))
    #expect(!server.lines.contains { $0.contains("x@y") })
  }

  @Test(
    "nothing in a notice can add a field or a line to the head of a mail",
    arguments: [
      "shop\r\nBcc: eve@evil.example", "shop\nBcc: eve@evil.example", "shop\rBcc: eve@evil.example", "shöp \u{0}",
      "=?utf-8?Q?=0D=0ABcc:_eve?=", String(repeating: "ü", count: 300), "a\r\n\r\n.\r\nRCPT TO:<eve@evil.example>",
    ])
  func injection(_ title: String) async throws {
    let server = try await FakeMailServer.start()
    try await channel(server).deliver(notice(title: title))
    let mail = try #require(server.mails.first)
    #expect(server.mails.count == 1)
    let head = mail.components(separatedBy: "\r\n\r\n")[0]
    let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
    #expect(
      names == [
        "Date", "From", "To", "Subject", "Message-ID", "References", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
      ])
    #expect(mail.utf8.allSatisfy { $0 < 127 && ($0 >= 32 || $0 == 10 || $0 == 13) })
    #expect(mail.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    #expect(!server.lines.contains { $0.contains("eve") })
  }

  @Test("a subject in encoded words reads as it was")
  func encodedWords() throws {
    let title = "Größe: " + String(repeating: "日本 ", count: 20)
    let words = MailMessage.words(title).components(separatedBy: "\r\n ")
    #expect(words.count > 1 && words.allSatisfy { $0.utf8.count <= 75 })
    let read = words.map {
      Data(base64Encoded: String($0.dropFirst(10).dropLast(2))).map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }
    #expect(read.joined() == title)
  }

  @Test("STARTTLS comes before the password, and everything is said anew over TLS")
  func startTLS() async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(.init(tls: identity.server))
    try await channel(server, password: "correct horse", tls: identity.trusting).deliver(notice())
    let sign = Data("\0keeper\0correct horse".utf8).base64EncodedString()
    #expect(
      Array(server.lines.prefix(6)) == [
        "EHLO [127.0.0.1]", "STARTTLS", "tls EHLO [127.0.0.1]", "tls AUTH PLAIN \(sign)",
        "tls MAIL FROM:<keeper@shop.example>", "tls RCPT TO:<ops@shop.example>",
      ])
    #expect(server.mails.count == 1)
  }

  @Test("with smtps TLS comes before the first word")
  func implicitTLS() async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(.init(tls: identity.server, isImplicit: true))
    try await channel(server, password: "pw", isTLS: true, tls: identity.trusting).deliver(notice())
    #expect(server.lines.allSatisfy { $0.hasPrefix("tls ") } && server.mails.count == 1)
    #expect(server.lines.filter { $0.contains("EHLO") }.count == 1)
  }

  @Test("a server that offers no TLS never sees the password, nor the mail")
  func noTLS() async throws {
    let server = try await FakeMailServer.start()
    await #expect(throws: AlertFailure.self) { try await channel(server, password: "pw").deliver(notice()) }
    #expect(server.lines == ["EHLO [127.0.0.1]"] && server.mails.isEmpty)
  }

  @Test("elsewhere than on this machine no mail goes in plain text")
  func remotePlain() {
    let settings = MailSettings(
      host: "mail.example", port: 25, isTLS: false, from: "keeper@shop.example", to: ["ops@shop.example"])
    var session = MailSession(settings, password: nil, name: "[10.0.0.1]")
    #expect(throws: AlertFailure.self) {
      _ = try session.take(MailReply(code: 220, lines: ["hello"]))
      _ = try session.take(MailReply(code: 250, lines: ["mail.example", "8BITMIME"]))
    }
  }

  @Test("a certificate that is not trusted, or names another host, gets neither password nor mail")
  func wrongCertificate() async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(.init(tls: identity.server))
    await #expect(throws: AlertFailure("localhost: its certificate is not one that this machine trusts.")) {
      try await channel(server, password: "pw").deliver(notice())
    }
    await #expect(throws: AlertFailure("127.0.0.1: its certificate is for another name.")) {
      try await channel(server, host: "127.0.0.1", password: "pw", tls: identity.trusting).deliver(notice())
    }
    #expect(!server.lines.contains { $0.contains("AUTH") } && server.mails.isEmpty)
  }

  @Test("a server that ends the connection at STARTTLS has ended it while TLS is set up")
  func endsAtTLS() async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(.init(tls: identity.server, hangsUpAtTLS: true))
    await #expect(throws: AlertFailure("localhost: the connection was closed while setting up TLS.")) {
      try await channel(server, password: "pw", tls: identity.trusting).deliver(notice())
    }
  }

  @Test("a server that says nothing after STARTTLS is late with TLS")
  func lateTLS() throws {
    let silent = EmbeddedChannel()
    let settings = MailSettings(
      host: "mail.example", port: 587, isTLS: false, from: "keeper@shop.example", to: ["ops@shop.example"])
    let taken = silent.embeddedEventLoop.makePromise(of: [String].self)
    let handler = MailHandler(
      settings, password: nil, message: MailMessage(notice(), from: settings.from, to: settings.to, at: time.now),
      tls: try TestIdentity().trusting, deadline: .uptimeNanoseconds(0) + .seconds(10), taken: taken)
    try silent.pipeline.syncOperations.addHandler(handler)
    silent.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 587), promise: nil)
    for reply in ["220 mail.example", "250-mail.example\r\n250 STARTTLS", "220 go ahead"] {
      try silent.writeInbound(ByteBuffer(string: reply + "\r\n"))
    }
    silent.embeddedEventLoop.advanceTime(by: .seconds(10))
    #expect(throws: AlertFailure("mail.example: no answer in time while setting up TLS.")) {
      try taken.futureResult.wait()
    }
    _ = try? silent.finish(acceptAlreadyClosed: true)
  }

  @Test(
    "K32: a mail server that speaks no TLS newer than 1.1 gets neither password nor mail", arguments: [true, false])
  func oldTLS(isImplicit: Bool) async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(
      .init(tls: try identity.server(newest: .tlsv11), isImplicit: isImplicit))
    await #expect(throws: AlertFailure.self) {
      try await channel(server, password: "pw", isTLS: isImplicit, tls: identity.trusting).deliver(notice())
    }
    #expect(!server.lines.contains { $0.contains("tls") } && server.mails.isEmpty)
  }

  @Test("words that somebody puts between STARTTLS and TLS end the talk")
  func injectedBeforeTLS() async throws {
    let identity = try TestIdentity()
    let server = try await FakeMailServer.start(
      .init(tls: identity.server, injected: "250-fake\r\n250 AUTH PLAIN\r\n"))
    let failure = await #expect(throws: AlertFailure.self) {
      try await channel(server, password: "pw", tls: identity.trusting).deliver(notice())
    }
    #expect(failure?.description.contains("somebody may be between") == true)
    #expect(server.mails.isEmpty)
  }

  @Test(
    "a refusal is a failure that repeats no word of the server",
    arguments: [
      ["": "554 5.3.2 go away AHBhc3M="], ["EHLO": "502 AHBhc3M="], ["MAIL": "550 5.7.1 AHBhc3M="],
      ["RCPT": "550 5.1.1 AHBhc3M="], ["DATA": "451 4.3.0 AHBhc3M="], [".": "554 5.6.0 AHBhc3M="],
      ["": "HTTP/1.1 400 AHBhc3M="], ["EHLO": "250-AHBhc3M=\r\n251 x"],
      ["": "220" + String(repeating: "x", count: 3000)],
    ])
  func refusals(_ replies: [String: String]) async throws {
    let server = try await FakeMailServer.start(.init(replies: replies))
    let failure = await #expect(throws: AlertFailure.self) { try await channel(server).deliver(notice()) }
    #expect(failure?.description.contains("AHBhc3M=") == false)
    #expect(failure?.description.hasPrefix("localhost ") == true)
  }

  @Test("a wrong password is a failure in words that hold neither it nor what was sent")
  func wrongPassword() async throws {
    let identity = try TestIdentity()
    let sign = Data("\0keeper\0correct horse".utf8).base64EncodedString()
    let server = try await FakeMailServer.start(.init(tls: identity.server, replies: ["AUTH": "535 5.7.8 \(sign)"]))
    await #expect(throws: AlertFailure("localhost does not accept the user and password, and answers 535 5.7.8.")) {
      try await channel(server, password: "correct horse", tls: identity.trusting).deliver(notice())
    }
  }

  @Test("one recipient that is refused keeps the mail from no other")
  func oneRefused() async throws {
    let server = try await FakeMailServer.start(.init(replies: ["RCPT TO:<gone@shop.example>": "550 5.1.1 nobody"]))
    try await channel(server, to: ["gone@shop.example", "ops@shop.example"]).deliver(notice())
    #expect(server.mails.count == 1)
  }

  @Test("a server that is not there is a failure in words")
  func nobody() async throws {
    let settings = MailSettings(
      host: "localhost", port: try await freePort(), isTLS: false, from: "a@b.example", to: ["c@d.example"])
    let failure = AlertFailure("localhost port \(settings.port) cannot be reached: nothing listens there.")
    await #expect(throws: failure) {
      try await MailChannel(settings, password: nil, logger: .silent).deliver(notice())
    }
  }

  @Test("where no certificate can be verified that is told, and no server is dialled", arguments: [true, false])
  func noRoots(isTLS: Bool) async throws {
    let server = try await FakeMailServer.start()
    let tls = ClientTLS(roots: .file("/nowhere/roots.pem"))
    let failure = await #expect(throws: AlertFailure.self) {
      try await channel(server, isTLS: isTLS, tls: tls).deliver(notice())
    }
    #expect(failure?.description.contains("install the package ca-certificates") == true)
    #expect(server.lines.isEmpty)
  }

  @Test(
    "an address that could be more than an address is refused when it is set",
    arguments: [
      "", "ops", "@shop.example", "ops@", "a@b@c", "ops@shop.example\r\nDATA", "ops@shop.example>",
      "<ops@shop.example>",
      "ops @shop.example", "Ops <ops@shop.example>", "öps@shop.example", "ops@shop.example,eve@evil.example",
    ])
  func addresses(_ address: String) {
    for (from, to) in [(address, "ops@shop.example"), ("ops@shop.example", address)] {
      #expect(throws: AlertFailure.self) {
        try MailChannel(
          MailSettings(host: "localhost", port: 25, isTLS: false, from: from, to: [to]), password: nil, logger: .silent)
      }
    }
  }

  @Test("a mail server's address says its port and its TLS, or has the usual ones")
  func server() throws {
    for (text, host, port, isTLS) in [
      ("smtp://mail.example", "mail.example", 587, false), ("smtps://mail.example", "mail.example", 465, true),
      ("smtp://127.0.0.1:25", "127.0.0.1", 25, false), ("smtps://mail.example:443", "mail.example", 443, true),
    ] {
      let found = try #require(MailChannel.server(text))
      #expect(found.host == host && found.port == port && found.isTLS == isTLS, "\(text)")
    }
    for text in ["mail.example", "http://mail.example", "smtp://", "smtp://u:p@mail.example", "smtp://mail.example/x"] {
      #expect(MailChannel.server(text) == nil, "\(text)")
    }
  }
}
