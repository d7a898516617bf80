import Testing
import Wire

@Suite("Accept-Encoding")
struct AcceptedCodingsTests {
  private func read(_ fields: String...) -> AcceptedCodings { AcceptedCodings(fields: fields) }

  @Test(arguments: [
    "gzip", "GZIP", "x-gzip", "*", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip;q=0.001",
    "gzip ; Q=1.000", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3", "identity, gzip", "deflate;q=0.5, *;q=0.5", " , gzip,",
    "*;q=0, gzip", "identity;q=0, *", "gzip, gzip;q=0", "identity;q=1.5, gzip;q=0.2",
  ])
  func `gzip is sent where it is taken, and no less gladly than the plain form`(_ field: String) {
    #expect(read(field).prefersGzip)
  }

  @Test(arguments: [
    "", "identity", "deflate", "gzip;q=0", "gzip;q=0.000", "*;q=0", "*, gzip;q=0", "gzip;q=0.5, identity",
    "gzip;q=0.5, *;q=0.8", "br", "gzipp", "gzip deflate", "gzip;q=1.001", "gzip;q=2", "gzip;q=-1", "gzip;q=",
    "gzip;q=.5", "gzip;q=0.5555", "gzip;q=0x1", "gzip;level=3", "gzip;q=1;q=1", "gzip;q=nan", "gzip;q=٠.٥", ";q=1",
    "identity;q=0",
  ])
  func `the plain form is sent otherwise`(_ field: String) {
    #expect(!read(field).prefersGzip && !read(field).needsGzip)
  }

  @Test func `whoever says nothing gets the plain form, and several lines are one`() {
    #expect(!AcceptedCodings(fields: []).prefersGzip)
    #expect(read("br", "gzip").prefersGzip)
    #expect(!read("gzip;q=0.5", "identity").prefersGzip)
  }

  @Test func `gzip is needed where it is taken and the plain form is refused`() {
    for field in ["gzip, identity;q=0", "gzip;q=0.1, *;q=0", "identity;q=0.0, *"] {
      #expect(read(field).needsGzip, "\(field)")
    }
    let others = [
      "gzip", "*", "gzip, identity;q=0.001", "identity;q=0, gzip;q=0", "*;q=0", "*;q=0, identity;q=0.5, gzip",
    ]
    for field in others {
      #expect(!read(field).needsGzip, "\(field)")
    }
  }
}
