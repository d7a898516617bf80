/// The kinds of records that a tenant may define fields for, by the word that Keap's addresses have for them.
package enum RecordKind: String, CaseIterable, Hashable, Sendable {
  case contact = "contacts"
  case company = "companies"
  case note = "notes"
  case task = "tasks"

  /// Keap's `record_type`, under which fields are defined. Notes and tasks have theirs together.
  package var recordType: String {
    switch self {
    case .contact: "CONTACT"
    case .company: "COMPANY"
    case .note, .task: "TASK_NOTE_APPOINTMENT"
    }
  }
}
