import Contacts
import Synchronization
import TestKit
import Testing

@testable import Jobs
@testable import Wire

/// All contacts as a file.
struct ExportTests {
  private func exporting(
    _ model: ModelContacts, _ time: VirtualTime, _ form: ContactExport.Form = .csv, tag: String? = nil
  ) async throws -> (text: [UInt8], count: Int, error: String?) {
    let result = Mutex((text: [UInt8](), count: 0, error: String?.none))
    try await simulated(on: time) {
      let export = ContactExport(
        ContactAPI(upstream: model, clock: time.clock), form: form, choice: .init(tag: tag))
      do {
        let count = try await export.run { bytes in result.withLock { $0.text += bytes } }
        result.withLock { $0.count = count }
      } catch { result.withLock { $0.error = "\(error)" } }
    }
    return result.withLock(\.self)
  }

  private func model(_ time: VirtualTime) -> ModelContacts {
    let model = ModelContacts(time)
    model.state.withLock { state in
      state.tags = ["VIP", "a, b"]
      for number in 1...7 {
        var contact = Contact()
        contact[.givenName] = number == 3 ? "=cmd" : "Given\(number)"
        contact.emails = [EmailAddress("p\(number)@example.org")]
        for field in TextField.allCases where field != .givenName && field != .optInReason && number == 5 {
          contact[field] = "\(field)"
        }
        contact.phones = [PhoneNumber("+4930\(number)", type: "Work")]
        state.contacts.append((Int64(number), contact))
        state.tagged[Int64(number)] = number.isMultiple(of: 2) ? [1, 2] : []
      }
    }
    return model
  }

  @Test("all pages are in it, and imported again it changes nothing and gives nobody a tag more")
  func again() async throws {
    let time = VirtualTime(), model = model(time)
    let (text, count, error) = try await exporting(model, time)
    #expect(error == nil && count == 7)
    let file = String(decoding: text, as: UTF8.self)
    #expect(file.split(separator: "\n").count == 8)
    #expect(file.contains(",'=cmd,") && file.contains(",'+49301,") && file.contains(",\"VIP ::: a, b\""))
    let before = model.contacts, report = Mutex(CustomerImport.Report())
    try await simulated(on: time) {
      var told = CustomerImport.Report()
      let upsert = ContactUpsert(ContactAPI(upstream: model, clock: time.clock), match: .email)
      try? await CustomerImport(upsert, match: .email).run(pieces(text), report: &told) { _, _ in }
      report.withLock { $0 = told }
    }
    #expect(report.withLock { $0.unchanged == 7 && $0.rows == 7 && $0.product == "Evergrant" })
    #expect(model.contacts == before && model.state.withLock(\.writes) == 0)
  }

  @Test("lines of JSON are the contacts as the API has them")
  func jsonLines() async throws {
    let time = VirtualTime(), model = model(time)
    let (text, count, error) = try await exporting(model, time, .jsonLines)
    #expect(error == nil && count == 7)
    let lines = try text.split(separator: 0x0A).map { try JSON.parse($0) }
    #expect(lines.map { $0["id"]?.string } == (1...7).map { "\($0)" })
    #expect(lines[2]["given_name"] == "=cmd")
  }

  @Test("only those with a tag, found by its name; one that is not there is refused with the nearest that is")
  func byTag() async throws {
    let time = VirtualTime(), model = model(time)
    let (text, count, error) = try await exporting(model, time, .jsonLines, tag: "vip")
    #expect(error == nil && count == 3)
    #expect(try text.split(separator: 0x0A).map { try JSON.parse($0)["id"]?.string } == ["2", "4", "6"])
    let wrong = try await exporting(model, time, tag: "VIPs")
    #expect(wrong.error == "there is no tag VIPs. Is VIP meant? --tag takes a name as the CRM shows it.")
    #expect(wrong.count == 0)
  }
}
