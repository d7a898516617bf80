import Testing

@testable import Contacts

@Suite struct HookTroubleTests {
  @Test("why a hook is told nothing is read as it is stored, and what nobody knows is not")
  func stored() {
    let all: [HookTrouble] = [
      .status(302), .status(500), .noSecret, .late, .cut, .unresolved, .slowName, .notPublic, .unreachable, .insecure,
      .restored, .lapsed, .gone, .untaken, .overdue,
    ]
    for trouble in all { #expect(HookTrouble(rawValue: trouble.rawValue) == trouble) }
    #expect(Set(all.map(\.rawValue)).count == all.count)
    #expect(HookTrouble(rawValue: "other") == nil)
  }
}
