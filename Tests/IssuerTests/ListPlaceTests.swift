import Testing

@testable import Issuer

/// The token by which an app asks for a list's next page.
@Suite struct ListPlaceTests {
  @Test(arguments: [
    "", "abc", "NyB0YW5u=", "NyB0YW5u ", "Ny+0YW5u", "Ny/0YW5u", "dCA3", "NyB4YW5u", "NyBpYW5u", "Nw", "_w",
  ])
  func `what is no place in a list is none`(token: String) { #expect(ListPlace(token) == nil) }

  @Test func `a place in a list comes back from its token`() throws {
    let place = try #require(ListPlace("NyB0YW5u"))
    #expect(place.id == 7 && place.value == .text("ann") && place.token == "NyB0YW5u")
  }
}
