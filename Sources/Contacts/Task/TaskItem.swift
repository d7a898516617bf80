import Wire

/// What a user of the tenant has to do.
package struct TaskItem: Hashable, Sendable {
  package var contactID: Int64?
  package var title: String?
  package var description: String?
  package var type: String?
  package var priority: TaskPriority?
  /// Milliseconds since 1970; nil for a task that is not completed.
  package var completedAt: Int64?
  /// Milliseconds since 1970.
  package var dueAt: Int64?
  /// How long before it is due somebody is reminded.
  package var remindMinutes: Int64?
  /// Whom it is assigned to.
  package var userID: Int64?
  package var opportunityID: Int64?
  package var isAccepted = false
  /// This and what belongs to a campaign is v1's alone.
  package var url: String?
  package var funnelID: Int64?
  package var campaignGraphID: Int64?
  package var customFields: [CustomField] = []

  package init() {}

  package static let reminders: [Int64] = [5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880]
}

/// How much a task matters: v2's spelling is the raw value.
package enum TaskPriority: String, CaseIterable, Sendable {
  case critical = "CRITICAL"
  case essential = "ESSENTIAL"
  case nonessential = "NONESSENTIAL"

  /// v1's number.
  package var number: Int64 {
    switch self {
    case .critical: 1
    case .essential: 2
    case .nonessential: 3
    }
  }

  package init?(number: Int64) {
    guard let priority = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = priority
  }
}

/// A contact as far as a task of v1 tells of it.
package struct BasicContact: Hashable, Sendable {
  package var id: Int64
  package var givenName: String?
  package var familyName: String?
  package var email: String?

  package init(id: Int64, contact: Contact) {
    self.id = id
    givenName = contact[.givenName]
    familyName = contact[.familyName]
    email = contact.email
  }
}

/// A stored task with what the store knows around it.
package struct TaskRecord: Hashable, Sendable {
  package var id: Int64
  package var task: TaskItem
  /// Milliseconds since 1970.
  package var createdAt: Int64
  /// Milliseconds since 1970.
  package var updatedAt: Int64
  package var createdBy: Int64
  package var updatedBy: Int64
  /// The task's contact, where it was asked for.
  package var contact: BasicContact?
  /// The custom fields that the tenant defined for tasks.
  package var model: CustomFieldModel

  package init(
    id: Int64, task: TaskItem, createdAt: Int64, updatedAt: Int64, createdBy: Int64, updatedBy: Int64,
    model: CustomFieldModel = CustomFieldModel(.task)
  ) {
    self.id = id
    self.task = task
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.updatedBy = updatedBy
    self.model = model
  }
}

/// A partial task: what a request says, field by field.
package struct TaskChange: Hashable, Sendable {
  package var contactID = Change<Int64>.absent
  package var title = Change<String>.absent
  package var description = Change<String>.absent
  package var type = Change<String>.absent
  package var priority = Change<TaskPriority>.absent
  package var isCompleted = Change<Bool>.absent
  package var completedAt = Change<Int64>.absent
  package var dueAt = Change<Int64>.absent
  package var remindMinutes = Change<Int64>.absent
  package var userID = Change<Int64>.absent
  package var opportunityID = Change<Int64>.absent
  package var isAccepted = Change<Bool>.absent
  package var url = Change<String>.absent
  package var funnelID = Change<Int64>.absent
  package var campaignGraphID = Change<Int64>.absent
  package var customFields = Change<[CustomField]>.absent

  package init() {}

  /// The task after this change. Applying the same change again changes nothing more.
  /// - Parameter now: when it is completed, if it is and was not before.
  package func applied(to task: TaskItem, at now: Int64) -> TaskItem {
    var new = task
    new.contactID = contactID.applied(to: task.contactID)
    new.title = title.applied(to: task.title)
    new.description = description.applied(to: task.description)
    new.type = type.applied(to: task.type)
    new.priority = priority.applied(to: task.priority)
    new.completedAt = completion(of: task, at: now)
    new.dueAt = dueAt.applied(to: task.dueAt)
    new.remindMinutes = remindMinutes.applied(to: task.remindMinutes)
    new.userID = userID.applied(to: task.userID)
    new.opportunityID = opportunityID.applied(to: task.opportunityID)
    new.isAccepted = isAccepted.value ?? task.isAccepted
    new.url = url.applied(to: task.url)
    new.funnelID = funnelID.applied(to: task.funnelID)
    new.campaignGraphID = campaignGraphID.applied(to: task.campaignGraphID)
    new.customFields = customFields.landed(on: task.customFields, .replace)
    return new
  }

  /// A task is completed if and only if it has the time when that was; where the two members of a request disagree, the plain
  /// yes or no counts.
  private func completion(of task: TaskItem, at now: Int64) -> Int64? {
    let time = completedAt.applied(to: task.completedAt)
    guard let isCompleted = isCompleted.value else { return time }
    return isCompleted ? time ?? now : nil
  }
}
