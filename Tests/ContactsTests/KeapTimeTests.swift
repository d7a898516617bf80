import Contacts
import Foundation
import TestKit
import Testing
import Wire

@Suite struct KeapTimeTests {
  @Test func `times have Keap's two forms`() {
    #expect(KeapTime.v1(1_731_447_961_341) == "2024-11-12T21:46:01.341+0000")
    #expect(KeapTime.v2(1_710_498_600_999) == "2024-03-15T10:30:00Z")
    #expect(KeapTime.v1(-1) == "1969-12-31T23:59:59.999+0000")
  }

  @Test(arguments: seeds) func `times are read back, and agree with Foundation`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let time = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
    #expect(KeapTime.milliseconds(KeapTime.v1(time)) == time)
    let modern = Int64.random(in: -2_000_000_000...4_000_000_000, using: &random) * 1000
    #expect(KeapTime.v2(modern) == Date(timeIntervalSince1970: Double(modern) / 1000).ISO8601Format())
  }

  @Test(arguments: [Int64.min, .max]) func `no time is too far to be written`(time: Int64) {
    #expect(KeapTime.v1(time).count == 28)
  }

  @Test(arguments: [
    "", "soon", "2024-13-01", "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
    "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+1", "2024-01-01T0:00:00Z", "2024-01-01T00:00:00Zx", "٢٠٢٤-01-01",
  ])
  func `what is no time is not read`(text: String) {
    #expect(KeapTime.milliseconds(text) == nil)
  }

  @Test func `a date is a day that the calendar has`() {
    #expect(CalendarDate("2024-02-29")?.description == "2024-02-29")
    #expect(CalendarDate("2000-02-29") != nil)
    #expect(CalendarDate("0985-03-15")?.description == "0985-03-15")
    for text in ["2023-02-29", "1900-02-29", "2024-00-10", "2024-1-1", "0000-01-01", "15.03.1985", "2024-06-31"] {
      #expect(CalendarDate(text) == nil, "\(text)")
    }
  }
}
