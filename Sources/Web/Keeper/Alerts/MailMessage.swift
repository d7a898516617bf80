import Foundation
import Keeper
import Operator
import Wire

/// A notice as a mail (RFC 5322), in ASCII throughout: nothing of the notice can add a line to the head.
struct MailMessage: Sendable {
  /// The lines, without their ends.
  let lines: [String]

  init(_ notice: AlertNotice, from: String, to: [String], at now: Timestamp) {
    let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
    lines =
      [
        "Date: \(Self.date(now))", "From: Evergrant <\(from)>",
        "To: " + to.map { "<\($0)>" }.joined(separator: ",\r\n "), "Subject: \(Self.words(notice.title))",
        "Message-ID: <\(notice.id)@\(domain)>",
        // All notices of one trouble stand together in the mailbox.
        "References: <\(notice.alert)@\(domain)>", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
      ].flatMap { $0.components(separatedBy: "\r\n") }
      + notice.text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { Self.quotedPrintable($0) }
  }

  /// As it follows `DATA`: a dot that begins a line is doubled, a dot alone ends it (RFC 5321 section 4.5.2).
  var wire: String { lines.map { ($0.hasPrefix(".") ? "." : "") + $0 + "\r\n" }.joined() + ".\r\n" }

  /// A text in a head field: as it is where it is plain, else in encoded words (RFC 2047).
  static func words(_ text: String) -> String {
    let text = String(text.prefix(200))
    if text.utf8.allSatisfy({ $0.isVisibleASCII || $0 == UInt8(ascii: " ") }), !text.contains("=?") { return text }
    var words: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > 36 { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
  }

  /// One line in lines of at most 76 characters (RFC 2045 section 6.7).
  static func quotedPrintable(_ line: Substring) -> [String] {
    var lines: [String] = [], current = ""
    let bytes = Array(line.utf8)
    for (index, byte) in bytes.enumerated() {
      let isPlain = byte.isVisibleASCII && byte != UInt8(ascii: "=")
      let isInnerBlank = byte == UInt8(ascii: " ") && index < bytes.count - 1
      let piece =
        isPlain || isInnerBlank
        ? String(UnicodeScalar(byte)) : String(decoding: byte.escaped(after: UInt8(ascii: "=")), as: UTF8.self)
      if current.utf8.count + piece.utf8.count > 75 {
        lines.append(current + "=")
        current = ""
      }
      current += piece
    }
    return lines + [current]
  }

  private static func date(_ moment: Timestamp) -> String {
    HTTPDate.text(moment).replacing("GMT", with: "+0000")
  }
}
