import Contacts
import Testing

@Suite struct SeenPeopleTests {
  @Test("each of many people is known again by the line of the first meeting, and nobody else is")
  func meetings() {
    var seen = SeenPeople()
    for number in 1...100_000 {
      #expect(seen.meet(SeenPeople.digest("person \(number)"), on: number) == nil)
    }
    for number in stride(from: 1, through: 100_000, by: 7) {
      #expect(seen.meet(SeenPeople.digest("person \(number)"), on: 200_000) == number)
    }
    #expect(seen.count == 100_000 && !seen.isFull)
  }

  @Test("beyond what it may hold it takes everybody for new, forgets nobody and grows no more")
  func bound() {
    var seen = SeenPeople(most: 5000)
    for number in 1...20_000 { _ = seen.meet(SeenPeople.digest("\(number)"), on: number) }
    #expect(seen.isFull && seen.count == 5000)
    #expect(seen.meet(SeenPeople.digest("5000"), on: 1) == 5000)
    #expect(seen.meet(SeenPeople.digest("5001"), on: 30_000) == nil)
    #expect(seen.meet(SeenPeople.digest("5001"), on: 30_001) == nil)
  }

  @Test("who is forgotten is new once, and only by the line of that meeting")
  func forgetting() {
    var seen = SeenPeople()
    let ada = SeenPeople.digest("ada")
    #expect(seen.meet(ada, on: 2) == nil)
    seen.forget(ada, on: 3)
    #expect(seen.meet(ada, on: 3) == 2)
    seen.forget(ada, on: 2)
    #expect(seen.meet(ada, on: 4) == nil)
    #expect(seen.meet(ada, on: 5) == 4)
    #expect(seen.count == 1)
  }
}
