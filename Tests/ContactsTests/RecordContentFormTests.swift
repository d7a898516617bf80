import Contacts
import Testing
import Wire

/// What records show of the fields that a tenant defined, and how they are stored.
@Suite struct RecordContentFormTests {
  @Test func `a record shows each field that is defined, and none that is not`() {
    let contents = [CustomField(id: 1, content: "x"), CustomField(id: 9, content: "gone")]
    var company = Company(name: "Bolt")
    company.details.customFields = contents
    var note = Note(contactID: 1)
    note.customFields = contents
    var task = TaskItem()
    task.customFields = contents
    let ofCompany = CompanyRecord(
      id: 7, company: company, createdAt: 0, updatedAt: 0, createdBy: nil, updatedBy: nil, model: .defining(1...2))
    let ofNote = NoteRecord(
      id: 7, note: note, createdAt: 0, updatedAt: 0, createdBy: 1, updatedBy: BasicUser(id: 1), assignee: nil,
      model: .defining(1...2))
    let ofTask = TaskRecord(
      id: 7, task: task, createdAt: 0, updatedAt: 0, createdBy: 1, updatedBy: 1, model: .defining(1...2))
    let shown: JSON = [["id": "1", "content": "x"], ["id": "2", "content": .null]]
    #expect(
      KeapV1.company(ofCompany, optional: nil)["custom_fields"] == [
        ["id": 1, "content": "x"], ["id": 2, "content": .null],
      ])
    #expect(KeapV2.company(ofCompany)["custom_fields"] == shown)
    #expect(KeapV2.note(ofNote, fields: ["custom_fields"])["custom_fields"] == shown)
    #expect(KeapV2.task(ofTask, fields: ["custom_fields"])["custom_fields"] == shown)
    #expect(KeapV2.note(ofNote, fields: nil)["custom_fields"] == nil)
  }

  @Test func `contents come back from storage as they were`() throws {
    let contents = [CustomField(id: 1, content: "x"), CustomField(id: 2, content: 5)]
    #expect(try [CustomField](stored: contents.stored) == contents)
    #expect([CustomField]().stored == nil)
    #expect(try [CustomField](stored: nil) == [])
    for text in ["", "{}", "[1]", #"[{"id":1}]"#, #"[{"id":"1","content":2}]"#] {
      #expect(throws: ContactRefusal.self) { try [CustomField](stored: Array(text.utf8)) }
    }
  }
}
