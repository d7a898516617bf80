import Contacts
import OAuth
import Store
import TestKit
import Testing
import Wire

@testable import Issuer

@Suite("Definitions of custom fields")
struct CustomFieldDefinitionTests {
  @Test("P42: what a tenant defines is not there for another: not to list, read, change, delete or fill")
  func tenantsAreApart() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let other = try await world.callerElsewhere()
    let colour = try await world.defineField("Colour", .dropdown, caller, ["Red"])
    let tab = try await world.issuer.addCustomFieldTab("Tab", of: .contact, by: caller)
    let group = try await world.issuer.addCustomFieldGroup("Group", on: tab.id, of: .contact, by: caller)
    let before = try await world.fieldState()

    let issuer = world.issuer
    #expect(try await issuer.customFields(of: .contact, by: other).definitions == [])
    #expect(try await issuer.customFieldGroups(of: .contact, on: nil, by: other) == [])
    #expect(try await issuer.customFieldTabs(of: .contact, by: other) == [])
    #expect(
      try await issuer.updateCustomField(
        colour.id, CustomFieldChange(label: "Mine"), of: .contact, by: other) == nil)
    #expect(try await !issuer.deleteCustomField(colour.id, of: .contact, by: other))
    #expect(try await issuer.customFieldGroup(group.id, of: .contact, by: other) == nil)
    #expect(try await issuer.customFieldTab(tab.id, of: .contact, by: other) == nil)
    let (groupChange, tabChange) = (CustomFieldGroupChange(name: "Mine"), CustomFieldTabChange(name: "Mine"))
    #expect(try await issuer.updateCustomFieldGroup(group.id, groupChange, of: .contact, by: other) == nil)
    #expect(try await issuer.updateCustomFieldTab(tab.id, tabChange, of: .contact, by: other) == nil)
    #expect(try await issuer.deleteCustomFieldGroup(group.id, of: .contact, by: other) == .notFound)
    #expect(try await issuer.deleteCustomFieldTab(tab.id, of: .contact, by: other) == .notFound)
    await #expect(throws: ContactFault.self) {
      try await world.addContact(customer("ann@shop.example", [(colour.id, "Red")]), other)
    }
    await #expect(throws: ContactFault.self) {
      try await issuer.defineCustomField(
        NewCustomField(label: "x", type: .text, groupID: group.id), for: .contact, by: other)
    }
    await #expect(throws: ContactFault.self) {
      try await issuer.addCustomFieldGroup("x", on: tab.id, of: .contact, by: other)
    }
    await #expect(throws: ContactFault.self) {
      try await issuer.customFieldGroups(of: .contact, on: tab.id, by: other)
    }
    #expect(try await world.fieldState() == before)
    // The numbers and names of one tenant tell nothing of another's.
    let own = try await world.defineField("Colour", .text, other)
    #expect(own.id == 1)
    #expect(own.fieldName == "Colour")
    #expect(try await issuer.customFields(of: .contact, by: caller).definitions == [colour])
  }

  @Test("kinds are apart, but for notes and tasks, which have theirs together")
  func kinds() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    for kind in [RecordKind.contact, .company, .note] {
      _ = try await world.issuer.defineCustomField(
        NewCustomField(label: "Colour", type: .text), for: kind, by: caller)
    }
    for kind in RecordKind.allCases {
      let model = try await world.issuer.customFields(of: kind, by: caller)
      #expect(model.definitions.map(\.fieldName) == ["Colour"])
      #expect(model.kind == kind)
      #expect(try await world.issuer.customFieldGroups(of: kind, on: nil, by: caller).count == 1)
    }
    let shared = try await world.issuer.customFields(of: .task, by: caller).definitions
    #expect(try await world.issuer.customFields(of: .note, by: caller).definitions == shared)
    let tab = try await world.issuer.addCustomFieldTab("Tab", of: .company, by: caller)
    await #expect(throws: ContactFault.invalid("tab_id: there is no custom field tab \(tab.id) for tasks")) {
      try await world.issuer.addCustomFieldGroup("x", on: tab.id, of: .task, by: caller)
    }
    #expect(try await world.issuer.deleteCustomField(shared[0].id, of: .task, by: caller))
    #expect(try await world.issuer.customFields(of: .note, by: caller).definitions == [])
  }

  @Test("the default group and its tab are made once, when first one is needed, and again if they were deleted")
  func defaults() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let first = try await world.defineField("A", .text, caller)
    let second = try await world.defineField("B", .text, caller)
    #expect(first.groupName == "Custom Fields")
    #expect(first.groupID == second.groupID)
    let tabs = try await world.issuer.customFieldTabs(of: .contact, by: caller)
    #expect(tabs.map(\.name) == ["Custom Fields"])
    let added = try await world.issuer.addCustomFieldGroup("More", on: nil, of: .contact, by: caller)
    #expect(added.tabID == tabs[0].id)
    #expect(added.order == 2)
    let groups = try await world.issuer.customFieldGroups(of: .contact, on: tabs[0].id, by: caller)
    #expect(groups.map(\.id) == [first.groupID, added.id])

    #expect(try await world.issuer.deleteCustomFieldTab(tabs[0].id, of: .contact, by: caller) == .occupied)
    #expect(try await world.issuer.deleteCustomFieldGroup(first.groupID, of: .contact, by: caller) == .occupied)
    for field in [first, second] {
      #expect(try await world.issuer.deleteCustomField(field.id, of: .contact, by: caller))
    }
    for group in [first.groupID, added.id] {
      #expect(try await world.issuer.deleteCustomFieldGroup(group, of: .contact, by: caller) == .deleted)
      #expect(try await world.issuer.deleteCustomFieldGroup(group, of: .contact, by: caller) == .notFound)
    }
    #expect(try await world.issuer.deleteCustomFieldTab(tabs[0].id, of: .contact, by: caller) == .deleted)
    let again = try await world.defineField("A", .text, caller)
    #expect(again.groupName == "Custom Fields")
    #expect(again.groupID != first.groupID)
  }

  @Test("many at once define under one default, and every name is its own", arguments: [false, true])
  func race(onFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let (world, caller) = try await IssuerWorld.calling(onFile ? SQLite(path: folder.file("issuer.sqlite")) : nil)
    let fields = try await withThrowingTaskGroup(of: CustomFieldDefinition.self) { group in
      for _ in 0..<20 { group.addTask { try await world.defineField("Colour", .text, caller) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(fields.map(\.fieldName)).count == 20)
    #expect(Set(fields.map(\.groupID)).count == 1)
    #expect(try await world.issuer.customFieldTabs(of: .contact, by: caller).count == 1)
  }

  @Test("a kind has so many fields, groups and tabs, and what is one too many leaves nothing behind")
  func bounds() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    for number in 0..<100 {
      _ = try await world.defineField("F\(number)", .text, caller)
      if number == 0 { continue }
      _ = try await world.issuer.addCustomFieldGroup("G\(number)", on: nil, of: .contact, by: caller)
      _ = try await world.issuer.addCustomFieldTab("T\(number)", of: .contact, by: caller)
    }
    let state = try await world.fieldState()
    await #expect(throws: ContactFault.self) { try await world.defineField("One more", .text, caller) }
    await #expect(throws: ContactFault.self) {
      try await world.issuer.addCustomFieldGroup("One more", on: nil, of: .contact, by: caller)
    }
    await #expect(throws: ContactFault.self) {
      try await world.issuer.addCustomFieldTab("One more", of: .contact, by: caller)
    }
    #expect(try await world.fieldState() == state)
    #expect(try await world.issuer.customFields(of: .contact, by: caller).definitions.count == 100)
    #expect(try await world.issuer.customFieldGroups(of: .contact, on: nil, by: caller).count == 100)
    _ = try await world.issuer.defineCustomField(NewCustomField(label: "F", type: .text), for: .company, by: caller)
  }

  @Test("an update changes what it speaks of; the name and the numbers of options stay")
  func update() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    let new = NewCustomField(
      label: "Colour", type: .drilldown,
      options: [.init(label: "Red", options: [.init(label: "Ruby")]), .init(label: "Blue")])
    let colour = try await world.issuer.defineCustomField(new, for: .company, by: caller)
    let group = try await world.issuer.addCustomFieldGroup("Looks", on: nil, of: .company, by: caller)
    let change = CustomFieldChange(label: "Hue", options: [.init(id: 1, label: "Rot")], groupID: group.id)
    let changed = try #require(
      try await world.issuer.updateCustomField(colour.id, change, of: .company, by: caller))
    #expect(changed.label == "Hue")
    #expect(changed.fieldName == "Colour")
    #expect(changed.groupName == "Looks")
    let options = [CustomFieldOption(id: 1, label: "Rot", options: [CustomFieldOption(id: 2, label: "Ruby")])]
    #expect(changed.options == options)
    #expect(try await world.issuer.customFields(of: .company, by: caller)[colour.id] == changed)
    let state = try await world.fieldState()
    for change in [
      CustomFieldChange(label: "x", options: [.init(id: 9, label: "x")]), CustomFieldChange(label: "x", groupID: 9999),
    ] {
      await #expect(throws: ContactFault.self) {
        try await world.issuer.updateCustomField(colour.id, change, of: .company, by: caller)
      }
    }
    #expect(try await world.issuer.updateCustomField(colour.id, change, of: .contact, by: caller) == nil)
    #expect(try await world.fieldState() == state)
  }

  @Test("groups and tabs are in their order, and a group moves to another tab of its kind")
  func places() async throws {
    let (world, caller) = try await IssuerWorld.calling()
    var tabs: [CustomFieldTab] = []
    for name in ["A", "B", "C"] {
      tabs.append(try await world.issuer.addCustomFieldTab(name, of: .task, by: caller))
    }
    #expect(tabs.map(\.order) == [1, 2, 3])
    let moved = try await world.issuer.updateCustomFieldTab(
      tabs[0].id, CustomFieldTabChange(name: "Z", order: 9), of: .note, by: caller)
    #expect(moved == CustomFieldTab(id: tabs[0].id, name: "Z", order: 9))
    #expect(try await world.issuer.customFieldTabs(of: .task, by: caller).map(\.name) == ["B", "C", "Z"])
    let group = try await world.issuer.addCustomFieldGroup("G", on: tabs[1].id, of: .task, by: caller)
    let there = try await world.issuer.updateCustomFieldGroup(
      group.id, CustomFieldGroupChange(tabID: tabs[2].id), of: .task, by: caller)
    #expect(there == CustomFieldGroup(id: group.id, name: "G", order: 1, tabID: tabs[2].id))
    #expect(try await world.issuer.customFieldGroups(of: .task, on: tabs[1].id, by: caller) == [])
    #expect(try await world.issuer.customFieldGroups(of: .task, on: tabs[2].id, by: caller).map(\.id) == [group.id])
    #expect(try await world.issuer.deleteCustomFieldTab(tabs[1].id, of: .task, by: caller) == .deleted)
    #expect(try await world.issuer.deleteCustomFieldTab(tabs[2].id, of: .task, by: caller) == .occupied)
  }
}
