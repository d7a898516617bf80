import Contacts
import Testing
import Wire

@testable import Issuer

@Suite struct TaskTests {
  @Test("a task reads back as it was written, is the caller's unless it says whose, and can be changed and deleted")
  func lives() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    let colour = try await two.field("Colour", of: .task)
    let made = try await two.task {
      ($0.title, $0.contactID, $0.dueAt) = (.set("Call"), .set(ann.id), .set(1_710_781_200_000))
      ($0.priority, $0.remindMinutes, $0.opportunityID) = (.set(.essential), .set(30), .set(77))
      $0.customFields = .set([CustomField(id: colour, content: "Red")])
    }
    #expect(try await two.issuer.task(made.id, by: two.caller) == made)
    #expect(made.task.userID == two.world.user.id && made.createdBy == two.world.user.id)
    #expect(made.contact?.email == "ann@shop.example" && made.contact?.givenName == "Ann")
    #expect(!made.task.isAccepted && made.task.completedAt == nil)
    let colleague = try await two.colleague()
    two.world.time.advance(by: .seconds(1))
    let changed = try await two.update(made.id) {
      ($0.userID, $0.isAccepted, $0.dueAt, $0.contactID) = (.set(colleague), .set(true), .null, .null)
    }
    #expect(changed.task.userID == colleague && changed.task.isAccepted && changed.task.dueAt == nil)
    #expect(changed.task.contactID == nil && changed.contact == nil)
    #expect(changed.task.title == "Call" && changed.task.priority == .essential)
    #expect(changed.updatedAt == made.updatedAt + 1000)
    let mark = try await two.world.database.changeMark()
    #expect(try await two.update(made.id) { $0.isAccepted = .set(true) } == changed)
    #expect(try await two.world.database.changeMark() == mark, "it said nothing new")
    #expect(try await two.update(made.id) { $0.userID = .null }.task.userID == nil)
    try await two.issuer.deleteTask(made.id, by: two.caller)
    await #expect(throws: ContactFault.missing(.task)) { try await two.issuer.task(made.id, by: two.caller) }
    await #expect(throws: ContactFault.missing(.task)) { try await two.issuer.deleteTask(made.id, by: two.caller) }
  }

  @Test("a task is completed if and only if it has the time when that was")
  func completion() async throws {
    let two = try await TwoTenants()
    let id = try await two.task { $0.title = .set("Call") }.id
    let now = two.world.time.now.milliseconds
    func after(_ fill: (inout TaskChange) -> Void) async throws -> Int64? {
      try await two.update(id, fill).task.completedAt
    }
    #expect(try await after { $0.isCompleted = .set(true) } == now)
    two.world.time.advance(by: .seconds(1))
    #expect(try await after { $0.isCompleted = .set(true) } == now, "it was before")
    #expect(try await after { ($0.isCompleted, $0.completedAt) = (.set(true), .set(5)) } == 5)
    #expect(try await after { $0.title = .set("Call again") } == 5)
    #expect(try await after { ($0.isCompleted, $0.completedAt) = (.set(false), .set(7)) } == nil)
    #expect(try await after { $0.completedAt = .set(7) } == 7)
    #expect(try await after { $0.completedAt = .null } == nil)
  }

  @Test("a task for a user or about a contact that is not there is refused, and nothing of it is kept")
  func refused() async throws {
    let two = try await TwoTenants()
    let stranger = try await two.stranger()
    await #expect(throws: ContactFault.invalid("assigned_to_user_id: there is no user \(stranger)")) {
      try await two.issuer.createTask(
        .with { $0.userID = .set(stranger) }, userName: "assigned_to_user_id", check: { _ in }, by: two.caller)
    }
    await #expect(throws: ContactFault.invalid("contact_id: there is no contact 999")) {
      try await two.task { $0.contactID = .set(999) }
    }
    await #expect(throws: ContactFault.invalid("Task must contain a title or due date")) {
      try await two.issuer.createTask(TaskChange(), userName: "user_id", check: KeapV1.check, by: two.caller)
    }
    let made = try await two.task { $0.title = .set("Call") }
    await #expect(throws: ContactFault.invalid("user_id: there is no user \(stranger)")) {
      try await two.update(made.id) { ($0.title, $0.userID) = (.set("x"), .set(stranger)) }
    }
    await #expect(throws: ContactFault.invalid("Task must contain a title or due date")) {
      try await two.update(made.id) { $0.title = .null }
    }
    #expect(try await two.issuer.tasks(matching: TaskQuery(), by: two.caller).records == [made])
  }

  @Test("P42: tasks of another tenant are not there: not to read, change, list or delete, nor is their contact")
  func tenantsAreApart() async throws {
    let two = try await TwoTenants()
    let ann = try await two.contact()
    let made = try await two.task { ($0.title, $0.contactID) = (.set("Call"), .set(ann.id)) }
    await #expect(throws: ContactFault.missing(.task)) { try await two.issuer.task(made.id, by: two.other) }
    await #expect(throws: ContactFault.missing(.task)) {
      try await two.issuer.updateTask(
        made.id, .with { $0.title = .set("x") }, userName: "user_id", check: { _ in }, by: two.other)
    }
    await #expect(throws: ContactFault.missing(.task)) { try await two.issuer.deleteTask(made.id, by: two.other) }
    await #expect(throws: ContactFault.invalid("contact_id: there is no contact \(ann.id)")) {
      try await two.issuer.createTask(
        .with { $0.contactID = .set(ann.id) }, userName: "user_id", check: { _ in }, by: two.other)
    }
    #expect(try await two.issuer.tasks(matching: TaskQuery(), by: two.other).total == 0)
    #expect(try await two.issuer.task(made.id, by: two.caller) == made)
  }

  @Test("lists of tasks filter by all that v2 names")
  func filters() async throws {
    let two = try await TwoTenants()
    let (ann, colleague) = (try await two.contact(), try await two.colleague())
    let a = try await two.task { ($0.title, $0.contactID, $0.dueAt) = (.set("Follow up"), .set(ann.id), .set(5)) }.id
    let b = try await two.task {
      ($0.title, $0.userID, $0.isCompleted) = (.set("Follow"), .set(colleague), .set(true))
      ($0.priority, $0.opportunityID) = (.set(.critical), .set(8))
    }.id
    let c = try await two.task { $0.title = .set("Call") }.id
    _ = try await two.update(c) { $0.userID = .null }
    let now = two.world.time.now.milliseconds
    for (filters, ids) in [
      ([TaskFilter.contact(ann.id)], [a]), ([.hasDueDate(true)], [a]), ([.hasDueDate(false)], [b, c]),
      ([.isCompleted(true)], [b]), ([.isCompleted(false)], [a, c]), ([.user(colleague)], [b]), ([.user(nil)], [c]),
      ([.user(nil), .isCompleted(true)], []), ([.opportunity(8)], [b]), ([.ids([c, a])], [a, c]),
      ([.priority(.critical)], [b]), ([.priority(.essential)], []), ([.title("follow", isPrefix: true)], [a, b]),
      ([.title("FOLLOW", isPrefix: false)], [b]), ([.id(.above, a), .id(.below, c)], [b]),
      ([.updatedFrom(now)], [a, b, c]), ([.updatedUntil(now - 1)], []),
    ] {
      var query = TaskQuery()
      query.filters = filters
      let page = try await two.issuer.tasks(matching: query, by: two.caller)
      #expect(page.records.map(\.id) == ids, "\(filters)")
      #expect(page.total == ids.count)
    }
  }

  @Test("pages of tasks cover a list once, in every order", arguments: TaskOrder.allCases, [false, true])
  func pages(order: TaskOrder, isDescending: Bool) async throws {
    let two = try await TwoTenants()
    var tasks: [Int64] = []
    for number in 0..<7 {
      two.world.time.advance(by: .milliseconds(number % 2 == 0 ? 5 : 0))
      let dueAt: Change<Int64> = number % 3 == 0 ? .absent : .set(Int64(10 - number / 2))
      tasks.append(try await two.task { ($0.title, $0.dueAt) = (.set("Task \(number)"), dueAt) }.id)
    }
    var query = TaskQuery()
    query.order = order
    query.page.isDescending = isDescending
    let all = try await two.issuer.tasks(matching: query, by: two.caller).records
    #expect(all.map(\.id).sorted() == tasks)
    if order == .due {
      let hasDue = all.map { $0.task.dueAt != nil }
      #expect(hasDue == (isDescending ? hasDue.sorted { !$0 && $1 } : hasDue.sorted { $0 && !$1 }))
    }
    query.page.limit = 2
    let walked = try await TwoTenants.walk { token in
      query.page.token = token
      return try await two.issuer.tasks(matching: query, by: two.caller)
    }
    #expect(walked.records == all && walked.pages == 4)
  }
}

extension TwoTenants {
  fileprivate func task(_ fill: (inout TaskChange) -> Void) async throws -> TaskRecord {
    try await issuer.createTask(.with(fill), userName: "user_id", check: { _ in }, by: caller)
  }

  fileprivate func update(_ id: Int64, _ fill: (inout TaskChange) -> Void) async throws -> TaskRecord {
    try await issuer.updateTask(id, .with(fill), userName: "user_id", check: KeapV1.check, by: caller)
  }
}
