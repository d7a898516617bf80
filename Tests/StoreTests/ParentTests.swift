import Store
import Testing

@Suite("the folder that a path is named in") struct ParentTests {
  @Test(
    "a path of any form has its parent, a plain name of one letter too",
    arguments: [
      ("i", ""), ("data", ""), ("i/", ""), ("a/b", "a"), ("a/b/", "a"), ("a//b", "a"), ("/a", "/"), ("/a/b", "/a"),
      ("/", "/"),
      ("", ""),
    ])
  func parent(path: String, parent: String) { #expect(DataFolder.parent(of: path) == parent) }
}
