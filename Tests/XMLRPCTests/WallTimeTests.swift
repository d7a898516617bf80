import Testing
import Wire
import XMLRPC

@Suite struct WallTimeTests {
  @Test(arguments: [
    // Winter and summer time, and the hours at which one becomes the other.
    ("20261123T16:00:00", "2026-11-23T21:00:00Z"), ("20260723T16:00:00", "2026-07-23T20:00:00Z"),
    ("20260308T01:59:59", "2026-03-08T06:59:59Z"), ("20260308T03:00:00", "2026-03-08T07:00:00Z"),
    ("20261101T00:59:59", "2026-11-01T04:59:59Z"), ("20261101T02:00:00", "2026-11-01T07:00:00Z"),
    ("20050403T03:00:00", "2005-04-03T07:00:00Z"), ("20051030T02:00:00", "2005-10-30T07:00:00Z"),
    ("19690101T00:00:00", "1969-01-01T05:00:00Z"), ("20261231T23:00:00", "2027-01-01T04:00:00Z"),
  ]) func `a time without a zone is Eastern time, both ways`(wall: String, utc: String) throws {
    let time = try #require(WallTime(wall))
    let moment = try #require(ISO8601.milliseconds(utc).map(Timestamp.init(milliseconds:)))
    #expect(time.moment == moment)
    #expect(WallTime(moment)?.text == wall)
  }

  @Test func `of the hour that comes twice the first is meant`() throws {
    let first = try #require(WallTime("20261101T01:30:00")?.moment)
    #expect(ISO8601.text(first.milliseconds) == "2026-11-01T05:30:00Z")
    #expect(WallTime(first + .hours(1))?.text == "20261101T01:30:00")
  }

  @Test(arguments: [
    ("2026-11-23T16:00:00Z", "2026-11-23T16:00:00Z"), ("20261123T16:00:00.5+0100", "2026-11-23T15:00:00Z"),
    ("2026-11-23T16:00:00-05:30", "2026-11-23T21:30:00Z"), ("20261123", "2026-11-23T05:00:00Z"),
    ("2026-11-23 16:00:00", "2026-11-23T21:00:00Z"),
  ]) func `a zone is heeded, and a day is enough`(text: String, utc: String) throws {
    #expect(try #require(WallTime(text)?.moment).milliseconds == ISO8601.milliseconds(utc))
  }

  @Test(arguments: [
    "", "2026", "20261301", "20260230T00:00:00", "20261123T24:00:00", "20261123T16:00", "20261123T16:00:60",
    "20261123X", "2026-1123", "20261123T16:00:00.", "20261123T16:00:00Z1", "20261123T16:00:00+1", "２0261123",
  ]) func `what is no time is none`(text: String) { #expect(WallTime(text) == nil) }
}
