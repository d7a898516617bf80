import Contacts
import OAuth
import Testing
import Wire

@testable import Issuer

@Suite struct NoteTests {
  @Test("a note reads back as it was written, is the caller's unless it says whose, and can be changed and deleted")
  func lives() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    let made = try await two.note("Call", on: ann.id)
    #expect(try await two.issuer.note(made.id, by: two.caller) == made)
    #expect(made.note.userID == two.world.user.id && made.createdBy == two.world.user.id)
    #expect(made.assignee == BasicUser(id: two.world.user.id, name: "Ann Ample", email: "ann@acme.example"))
    two.world.time.advance(by: .seconds(1))
    let colleague = try await two.colleague()
    var change = NoteChange()
    change.userID = .set(colleague)
    change.isPinned = .set(true)
    let fields = [try await two.field("Colour", of: .note), try await two.field("Size", of: .note)]
    change.customFields = .set(fields.reversed().map { CustomField(id: $0, content: "x") })
    let changed = try await two.issuer.updateNote(made.id, change, check: KeapV2.check, by: two.caller)
    #expect(changed.note.title == "Call" && changed.note.userID == colleague)
    #expect(changed.note.pinnedAt == two.world.time.now.milliseconds)
    #expect(changed.note.customFields.map(\.id) == fields)
    #expect(changed.updatedAt == made.updatedAt + 1000)
    let mark = try await two.world.database.changeMark()
    two.world.time.advance(by: .seconds(1))
    #expect(try await two.issuer.updateNote(made.id, change, check: KeapV2.check, by: two.caller) == changed)
    #expect(try await two.world.database.changeMark() == mark, "it said nothing new")
    change.isPinned = .set(false)
    change.customFields = .set([])
    let cleared = try await two.issuer.updateNote(made.id, change, check: KeapV2.check, by: two.caller)
    #expect(cleared.note.pinnedAt == nil && cleared.note.customFields.isEmpty)
    try await two.issuer.deleteNote(made.id, by: two.caller)
    await #expect(throws: ContactFault.missing(.note)) { try await two.issuer.note(made.id, by: two.caller) }
    await #expect(throws: ContactFault.missing(.note)) { try await two.issuer.deleteNote(made.id, by: two.caller) }
  }

  @Test("a note for a user or on a contact that is not there is refused, and so is one that says nothing")
  func refused() async throws {
    let two = try await TwoTenants()
    let (ann, stranger) = (try await two.contact(), try await two.stranger())
    let theirs = try await two.issuer.createContact(
      TwoTenants.person("bob@shop.example"), check: KeapV1.check, by: two.other)
    var change = NoteChange()
    change.title = .set("Call")
    change.contactID = .set(ann.id + 100)
    let missing = ContactFault.invalid("contact_id: there is no contact \(ann.id + 100)")
    await #expect(throws: missing) { try await two.issuer.createNote(change, check: KeapV1.check, by: two.caller) }
    change.contactID = .absent
    await #expect(throws: ContactFault.invalid("contact_id is required")) {
      try await two.issuer.createNote(change, check: KeapV1.check, by: two.caller)
    }
    await #expect(throws: ContactFault.notFound) {
      try await two.issuer.createNote(change, of: theirs.id + 100, check: KeapV2.check, by: two.caller)
    }
    change.userID = .set(stranger)
    await #expect(throws: ContactFault.invalid("user_id: there is no user \(stranger)")) {
      try await two.issuer.createNote(change, of: ann.id, check: KeapV2.check, by: two.caller)
    }
    await #expect(throws: ContactFault.invalid("Note must contain a title or body")) {
      try await two.issuer.createNote(NoteChange(), of: ann.id, check: KeapV1.check, by: two.caller)
    }
    let made = try await two.note("Call", on: ann.id)
    for (change, message) in [
      (NoteChange.with { $0.userID = .set(stranger) }, "user_id: there is no user \(stranger)"),
      (.with { $0.contactID = .set(999) }, "contact_id: there is no contact 999"),
      (.with { $0.contactID = .null }, "contact_id is required"),
      (.with { $0.title = .null }, "Note must contain a title or body"),
    ] {
      await #expect(throws: ContactFault.invalid(message)) {
        try await two.issuer.updateNote(made.id, change, check: KeapV1.check, by: two.caller)
      }
    }
    #expect(try await two.issuer.note(made.id, by: two.caller) == made)
    #expect(try await two.issuer.notes(matching: NoteQuery(), by: two.caller).total == 1)
  }

  @Test("what one version kept without may stay without when another version changes something else")
  func versions() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    let made = try await two.issuer.createNote(
      .with { $0.text = .set("only a body") }, of: ann.id, check: KeapV1.check, by: two.caller)
    let pinned = try await two.issuer.updateNote(
      made.id, .with { $0.isPinned = .set(true) }, check: KeapV2.check, by: two.caller)
    #expect(pinned.note.text == "only a body" && pinned.note.pinnedAt != nil)
  }

  @Test("a note is below its own contact alone, and ends with it, as tasks do")
  func belowContact() async throws {
    let two = try await TwoTenants()
    let (ann, bob) = (try await two.contact(), try await two.contact("bob@shop.example"))
    let (annNote, bobNote) = (try await two.note("A", on: ann.id), try await two.note("B", on: bob.id))
    let task = try await two.issuer.createTask(
      .with { $0.contactID = .set(ann.id) }, userName: "user_id", check: { _ in }, by: two.caller)
    let free = try await two.issuer.createTask(TaskChange(), userName: "user_id", check: { _ in }, by: two.caller)
    await #expect(throws: ContactFault.missing(.note)) {
      try await two.issuer.note(annNote.id, of: bob.id, by: two.caller)
    }
    await #expect(throws: ContactFault.missing(.note)) {
      try await two.issuer.deleteNote(annNote.id, of: bob.id, by: two.caller)
    }
    await #expect(throws: ContactFault.notFound) { try await two.issuer.note(annNote.id, of: 999, by: two.caller) }
    let below = try await two.issuer.notes(matching: NoteQuery(), of: ann.id, by: two.caller)
    #expect(below.records == [annNote] && below.total == 1)
    try await two.issuer.deleteContact(ann.id, by: two.caller)
    await #expect(throws: ContactFault.missing(.note)) { try await two.issuer.note(annNote.id, by: two.caller) }
    await #expect(throws: ContactFault.missing(.task)) { try await two.issuer.task(task.id, by: two.caller) }
    #expect(try await two.issuer.note(bobNote.id, by: two.caller) == bobNote)
    #expect(try await two.issuer.task(free.id, by: two.caller) == free)
    await #expect(throws: ContactFault.notFound) {
      try await two.issuer.notes(matching: NoteQuery(), of: ann.id, by: two.caller)
    }
  }

  @Test("P42: notes of another tenant are not there: not to read, change, list or delete, nor is their contact")
  func tenantsAreApart() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    let note = try await two.note("Call", on: ann.id)
    for contact in [nil, ann.id] {
      let missing = contact == nil ? ContactFault.missing(.note) : .notFound
      await #expect(throws: missing) { try await two.issuer.note(note.id, of: contact, by: two.other) }
      await #expect(throws: missing) {
        try await two.issuer.updateNote(
          note.id, of: contact, .with { $0.title = .set("x") }, check: KeapV1.check, by: two.other)
      }
      await #expect(throws: missing) { try await two.issuer.deleteNote(note.id, of: contact, by: two.other) }
    }
    await #expect(throws: ContactFault.invalid("contact_id: there is no contact \(ann.id)")) {
      try await two.issuer.createNote(
        .with { ($0.title, $0.contactID) = (.set("x"), .set(ann.id)) }, check: KeapV1.check, by: two.other)
    }
    #expect(try await two.issuer.notes(matching: NoteQuery(), by: two.other).total == 0)
    #expect(try await two.issuer.note(note.id, by: two.caller) == note)
  }

  @Test("of a former member a note keeps the number and tells no name")
  func formerMember() async throws {
    let two = try await TwoTenants()
    let (ann, colleague) = (try await two.contact(), try await two.colleague())
    let made = try await two.issuer.createNote(
      .with { ($0.title, $0.userID) = (.set("Call"), .set(colleague)) }, of: ann.id, check: KeapV2.check,
      by: two.caller)
    #expect(made.assignee?.name == "Ben van der Berg")
    try await two.issuer.removeMember(email: "ben@acme.example", tenant: two.world.tenant.name)
    #expect(try await two.issuer.note(made.id, by: two.caller).assignee == BasicUser(id: colleague))
    let kept = try await two.issuer.updateNote(
      made.id, .with { ($0.title, $0.userID) = (.set("Call again"), .set(colleague)) }, check: KeapV2.check,
      by: two.caller)
    #expect(kept.note.userID == colleague && kept.note.title == "Call again")
    await #expect(throws: ContactFault.invalid("user_id: there is no user \(colleague)")) {
      try await two.issuer.createNote(
        .with { ($0.title, $0.userID) = (.set("New"), .set(colleague)) }, of: ann.id, check: KeapV2.check,
        by: two.caller)
    }
  }

  @Test("lists of notes filter by all that v2 names")
  func filters() async throws {
    let two = try await TwoTenants()
    let (ann, bob) = (try await two.contact(), try await two.contact("bob@shop.example"))
    let colleague = try await two.colleague()
    let first = try await two.note("Follow up", on: ann.id)
    let second = try await two.note("100% follow_up", on: bob.id)
    let third = try await two.issuer.createNote(
      .with { ($0.title, $0.userID) = (.set("Sales \\ call q\u{301}"), .set(colleague)) }, of: ann.id,
      check: KeapV2.check, by: two.caller)
    let (a, b, c) = (first.id, second.id, third.id)
    let now = two.world.time.now.milliseconds
    for (filters, ids) in [
      ([NoteFilter.contact(ann.id)], [a, c]), ([.user(colleague)], [c]), ([.user(colleague), .contact(bob.id)], []),
      ([.ids([a, c, 999])], [a, c]), ([.id(.unequal, b)], [a, c]), ([.id(.above, a)], [b, c]), ([.id(.equal, b)], [b]),
      ([.titleStarts("follow")], [a]), ([.titleContains("FOLLOW")], [a, b]), ([.titleContains("%")], [b]),
      ([.titleContains("w_u")], [b]), ([.titleContains("\\")], [c]), ([.titleStarts("")], [a, b, c]),
      ([.titleContains("%\u{301}")], []),
      ([.updatedFrom(now)], [a, b, c]), ([.updatedUntil(now - 1)], []),
    ] {
      var query = NoteQuery()
      query.filters = filters
      let page = try await two.issuer.notes(matching: query, by: two.caller)
      #expect(page.records.map(\.id) == ids, "\(filters)")
      #expect(page.total == ids.count)
    }
  }

  @Test("pages of notes cover a list once, in every order", arguments: NoteOrder.allCases, [false, true])
  func pages(order: NoteOrder, isDescending: Bool) async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    var notes: [Int64] = []
    for number in 0..<7 {
      two.world.time.advance(by: .milliseconds(number % 2 == 0 ? 5 : 0))
      notes.append(try await two.note("Note \(number)", on: ann.id).id)
    }
    two.world.time.advance(by: .seconds(1))
    _ = try await two.issuer.updateNote(
      notes[2], .with { $0.text = .set("later") }, check: KeapV1.check, by: two.caller)
    var query = NoteQuery()
    query.order = order
    query.page.isDescending = isDescending
    let all = try await two.issuer.notes(matching: query, by: two.caller).records.map(\.id)
    #expect(all.sorted() == notes)
    query.page.limit = 3
    let walked = try await TwoTenants.walk { token in
      query.page.token = token
      return try await two.issuer.notes(matching: query, by: two.caller)
    }
    #expect(walked.records.map(\.id) == all && walked.pages == 3)
  }

  @Test("a note, a task or a company that arrives after the approval ended is not written")
  func afterRevocation() async throws {
    let world = try await IssuerWorld()
    let tokens = try await world.tokens(world.app)
    let caller = try await world.issuer.authenticate(tokens.accessToken)
    let ann = try await world.issuer.createContact(
      TwoTenants.person("ann@shop.example"), check: KeapV1.check, by: caller)
    try await world.issuer.revoke(RevocationRequest(token: tokens.accessToken), client: world.app.presented)
    await #expect(throws: ContactFault.accessEnded) {
      try await world.issuer.createNote(.with { $0.title = .set("x") }, of: ann.id, check: KeapV1.check, by: caller)
    }
    await #expect(throws: ContactFault.accessEnded) {
      try await world.issuer.createTask(TaskChange(), userName: "user_id", check: { _ in }, by: caller)
    }
    await #expect(throws: ContactFault.accessEnded) {
      var change = CompanyChange()
      change.name = .set("Bolt")
      _ = try await world.issuer.createCompany(change, by: caller)
    }
  }
}

extension NoteChange {
  static func with(_ fill: (inout NoteChange) -> Void) -> NoteChange {
    var change = NoteChange()
    fill(&change)
    return change
  }
}

extension TaskChange {
  static func with(_ fill: (inout TaskChange) -> Void) -> TaskChange {
    var change = TaskChange()
    fill(&change)
    return change
  }
}

extension TwoTenants {
  fileprivate func note(_ title: String, on contact: Int64) async throws -> NoteRecord {
    try await issuer.createNote(.with { $0.title = .set(title) }, of: contact, check: KeapV1.check, by: caller)
  }
}
