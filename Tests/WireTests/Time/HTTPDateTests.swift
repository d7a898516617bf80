import Foundation
import Testing

@testable import Wire

/// Moments as HTTP tells them.
struct HTTPDateTests {
  @Test(
    "anything but a date in the standard's form is none",
    arguments: [
      "", "0", "Mon, 23 Nov 2026 16:00:00", "Mon, 23 Nov 2026 16:00:00 UTC", "Mon, 23 Nov 2026 16:00:00 gmt",
      "mon, 23 nov 2026 16:00:00 GMT", "Mon, 23 Nov 2026 16:00:00 GMT ", " Mon, 23 Nov 2026 16:00:00 GMT",
      "Mon,  23 Nov 2026 16:00:00 GMT", "Mon, 3 Nov 2026 16:00:00 GMT", "Mon 23 Nov 2026 16:00:00 GMT",
      "Xyz, 23 Nov 2026 16:00:00 GMT",
      "Mon, 31 Nov 2026 16:00:00 GMT", "Mon, 00 Nov 2026 16:00:00 GMT", "Mon, 23 Nov 2026 24:00:00 GMT",
      "Mon, 23 Nov 2026 16:60:00 GMT", "Mon, 23 Nov 2026 16:00:99 GMT", "Mon, 23 Nov 2026 16:00:.5 GMT",
      "Mon, 23 Nov 2026 16:00:00.5 GMT", "Mon, 23 Nov 2026 16:00:00.500 GMT",
      "Mon, 23 Nov 26 16:00:00 GMT",
      "Mon, 23 Nov -026 16:00:00 GMT", "Mon, 23 Nov 2026 +6:00:00 GMT", "Mon, ２３ Nov 2026 16:00:00 GMT",
      "Mon, 23 Nov 2026T16:00:00 GMT",
      "Monday, 23-Nov-26 16:00:00 GMT", "Mon Nov 23 16:00:00 2026", "2026-11-23T16:00:00Z",
      "Mon, 23 Nov 2026 16:00:00 +0000",
    ])
  func refused(_ text: String) { #expect(HTTPDate.parse(text) == nil) }

  @Test("a date is written as Foundation writes it, whatever the day, and read back")
  func dates() {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    // Over a century, at an hour that moves on with each day, back and forth of 1970 and over leap days.
    for step in -20_000...20_000 where step % 7 == 0 {
      let moment = Timestamp(seconds: Int64(step) * 100_003)
      let text = HTTPDate.text(moment)
      #expect(text == format.string(from: Date(timeIntervalSince1970: Double(step) * 100_003)))
      #expect(HTTPDate.parse(text) == moment)
    }
    #expect(HTTPDate.text(Timestamp(milliseconds: 1_795_449_600_999)) == "Mon, 23 Nov 2026 16:00:00 GMT")
    #expect(HTTPDate.parse("Tue, 23 Nov 2026 16:00:00 GMT") == Timestamp(seconds: 1_795_449_600), "the day counts")
  }
}

/// For how long a server asks not to be asked.
struct RetryAfterTests {
  private let now = Timestamp(seconds: 1_795_449_600)

  @Test(
    "what tells no span asks for none",
    arguments: ["", " ", "-1", "+5", "1.5", "5 s", "soon", "0x10", "٥", "5\n6", "1e3"])
  func refused(_ text: String) { #expect(RetryAfter(text, now: now) == nil) }

  @Test("a span is seconds or a date, from nothing to a day, however much is asked for")
  func spans() {
    for (text, seconds) in [
      ("0", 0), ("7", 7), (" 7\t", 7), ("007", 7), ("86401", 86_400), ("99999999999999999999999", 86_400),
      ("Mon, 23 Nov 2026 16:02:00 GMT", 120), ("Mon, 23 Nov 2026 15:00:00 GMT", 0),
      ("Tue, 01 Jan 9999 00:00:00 GMT", 86_400),
    ] as [(String, Int64)] {
      #expect(RetryAfter(text, now: now)?.delay == .seconds(seconds), "\(text)")
    }
  }
}
