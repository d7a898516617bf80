import Testing
import Wire

@Suite("Entity tags")
struct EntityTagTests {
  @Test func `a list is read as RFC 9110 writes it`() {
    let (strong, weak) = (EntityTag("a"), EntityTag("b,c", isWeak: true))
    #expect(strong.text == "\"a\"" && weak.text == "W/\"b,c\"")
    #expect(EntityTagList(fields: ["\"a\""]) == .tags([strong]))
    #expect(EntityTagList(fields: [" \"a\" ,,W/\"b,c\","]) == .tags([strong, weak]))
    #expect(EntityTagList(fields: ["\"a\"", "W/\"b,c\""]) == .tags([strong, weak]), "on several lines")
    #expect(EntityTagList(fields: ["\"\""]) == .tags([EntityTag("")]))
    #expect(EntityTagList(fields: [" * "]) == .any)
  }

  @Test(arguments: [
    "", "a", "\"a", "a\"", "\"a\"b", "\"a\" \"b\"", "w/\"a\"", "W/ \"a\"", "*, \"a\"", "**", "\"a b\"", "\"a\", x",
  ])
  func `what is not well-formed names no state`(_ field: String) {
    #expect(EntityTagList(fields: [field]) == .tags([]))
  }

  @Test func `a weak tag is good for asking whether something is new, and for nothing that is written`() {
    let tag = EntityTag("a")
    #expect(EntityTagList(fields: ["\"a\""]).namesStrongly(tag))
    #expect(!EntityTagList(fields: ["W/\"a\""]).namesStrongly(tag))
    #expect(!EntityTagList(fields: ["\"a\""]).namesStrongly(EntityTag("a", isWeak: true)))
    #expect(EntityTagList(fields: ["W/\"a\""]).names(tag))
    #expect(!EntityTagList(fields: ["\"b\""]).names(tag))
    #expect(EntityTagList.any.names(tag) && EntityTagList.any.namesStrongly(tag))
  }
}
