import Contacts
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// Tags and custom fields of a file, by their names.
struct TagImportTests {
  private struct Ending {
    var rows: [CustomerImport.Row] = []
    var report = CustomerImport.Report()
    var error: String?
  }

  private func importing(
    _ csv: String, to model: ModelContacts, on time: VirtualTime, tagAll: [String] = [], createsTags: Bool = false
  ) async throws -> Ending {
    let ending = Mutex(Ending())
    try await simulated(on: time) {
      var report = CustomerImport.Report()
      let api = ContactAPI(upstream: model, clock: time.clock)
      let upsert = ContactUpsert(api, match: .email, tagAll: tagAll, createsTags: createsTags)
      do {
        try await CustomerImport(upsert, match: .email).run(pieces(Array(csv.utf8)), report: &report) { row, _ in
          ending.withLock { $0.rows.append(row) }
        }
      } catch { ending.withLock { $0.error = "\(error)" } }
      ending.withLock { $0.report = report }
    }
    return ending.withLock(\.self)
  }

  /// The names of each contact's tags, by its address.
  private func tags(_ model: ModelContacts) -> [String: Set<String>] {
    model.state.withLock { state in
      Dictionary(
        uniqueKeysWithValues: state.contacts.map { id, contact in
          (contact.email ?? "", Set((state.tagged[id] ?? []).map { state.tags[Int($0) - 1] }))
        })
    }
  }

  private let csv = """
    email,tags
    ada@example.org,"VIP, customer"
    ben@example.org,"Customer, Unknown"
    eve@example.org,

    """

  @Test(
    "tags are found by name and applied, one that is not there is left out and counted, and a second run writes nothing"
  )
  func byName() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    model.state.withLock { $0.tags = ["Customer", "VIP", "Newsletter"] }
    let first = try await importing(csv, to: model, on: time, tagAll: ["newsletter"])
    #expect(first.error == nil && first.report.created == 3 && first.report.missingTags == ["Unknown": 1])
    #expect(
      tags(model) == [
        "ada@example.org": ["Customer", "VIP", "Newsletter"], "ben@example.org": ["Customer", "Newsletter"],
        "eve@example.org": ["Newsletter"],
      ])
    let writes = model.state.withLock(\.writes)
    let second = try await importing(csv, to: model, on: time, tagAll: ["newsletter"])
    #expect(second.report.unchanged == 3 && model.state.withLock(\.writes) == writes)
  }

  @Test("tags that are not there are made where they may be, each once")
  func creating() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    let rows = (1...40).map { "p\($0)@example.org,\"New, Other \($0 % 3)\"\n" }.joined()
    let ending = try await importing("email,tags\n" + rows, to: model, on: time, tagAll: ["All"], createsTags: true)
    #expect(ending.error == nil && ending.report.created == 40 && ending.report.missingTags == [:])
    #expect(model.state.withLock(\.tags).sorted() == ["All", "New", "Other 0", "Other 1", "Other 2"])
    #expect(tags(model).values.allSatisfy { $0.count == 3 })
  }

  @Test("a tag for everybody that is not there ends the import before anything is written, with the nearest that is")
  func wrongName() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    model.state.withLock { $0.tags = ["Newsletter"] }
    let ending = try await importing(csv, to: model, on: time, tagAll: ["Newsleter"])
    #expect(ending.error == "there is no tag Newsleter. Is Newsletter meant? With --create-tags it is made.")
    #expect(model.state.withLock(\.writes) == 0 && ending.rows == [])
  }

  @Test("a key that may not look at tags leaves out those of a column and says so, and not one for everybody")
  func denied() async throws {
    let time = VirtualTime()
    let model = ModelContacts(
      time,
      answer: { _, request in
        request.target.contains("tags?")
          ? UpstreamResponse(status: 403, body: Array(#"{"error":{"code":"key_denied","message":"No."}}"#.utf8)) : nil
      })
    let column = try await importing(csv, to: model, on: time)
    #expect(column.error == nil && column.report.created == 3 && column.report.deniesTags)
    let all = try await importing(csv, to: model, on: time, tagAll: ["VIP"])
    #expect(all.error == "The call was not allowed: No.")
  }

  @Test("P43: a key of another connection ends the import before its first row, and its tags are not the reason")
  func otherConnection() async throws {
    let time = VirtualTime(), sentence = "The API key is not for this connection."
    let body = Array(#"{"error":{"code":"connection_denied","message":"\#(sentence)"}}"#.utf8)
    let model = ModelContacts(time, answer: { _, _ in UpstreamResponse(status: 403, body: body) })
    let ending = try await importing(csv, to: model, on: time)
    #expect(ending.error == "The call was not allowed: \(sentence)")
    #expect(ending.rows == [] && !ending.report.deniesTags)
  }

  @Test("a custom field is found by its label, its content goes in its own form, and a second run writes nothing")
  func customField() async throws {
    let time = VirtualTime(), model = ModelContacts(time)
    let size = CustomFieldDefinition(
      id: 7, label: "Shoe size", fieldName: "ShoeSize", type: .wholeNumber, groupID: 1, groupName: "Custom Fields")
    model.state.withLock { $0.model = CustomFieldModel(.contact, [size]) }
    let csv = "email,custom:shoe size\nada@example.org,38\nben@example.org,large\n"
    let first = try await importing(csv, to: model, on: time)
    #expect(first.report.created == 2)
    #expect(first.rows.map(\.warnings.count) == [0, 1])
    #expect(model.contacts.first?.customFields == [CustomField(id: 7, content: 38)])
    let second = try await importing(csv, to: model, on: time)
    #expect(second.report.unchanged == 2)
    let wrong = try await importing("email,custom:Show size\na@example.org,1\n", to: model, on: time)
    #expect(
      wrong.error == "there is no custom field Show size for contacts. Is Shoe size meant? "
        + "Make it there (at an Evergrant issuer: POST /crm/rest/v2/contacts/model/customFields), "
        + "or leave its column out: --map 'custom:Show size=nothing'.")
  }
}
