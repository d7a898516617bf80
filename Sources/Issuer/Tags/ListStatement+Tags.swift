import Contacts
import Store

/// Which of the lists that tags make, and whose.
enum TagListSubject {
  case tags
  case categories
  /// The tags of one contact or company.
  case applied(to: TagBearer, Int64)
  /// The contacts or companies that have one tag.
  case bearers(TagBearer, of: Int64)
}

extension ListStatement {
  /// A list that tags make. An entry of what is applied says when as `applied_at`.
  ///
  /// It goes through an index of what it is a list of, from where the page before ended. One that is filtered or sorted by what
  /// the index does not have costs as many steps as it has entries.
  init(tenant: Int64, _ subject: TagListSubject, _ query: TagQuery) {
    let columns = TagListColumns(subject, query)
    self.init(
      columns.source, tenant: tenant, columns.conditions + query.filters.map(columns.condition),
      order: Order(
        column: columns.place(of: query.order), isText: query.order.isText, isDescending: query.page.isDescending))
  }
}

/// How the columns of a list that tags make are spelled: `t` is what is listed, `a` what is applied.
private struct TagListColumns {
  let source: ListSource
  /// Whose list it is.
  let conditions: [ListCondition]
  /// Whoever has no address is stored with an empty one.
  private let email = "NULLIF(t.email, '')"
  /// Whether what is applied is joined with what is listed.
  private let isJoined: Bool

  init(_ subject: TagListSubject, _ query: TagQuery) {
    let bearer: TagBearer
    let records: String
    let key: String
    switch subject {
    case .tags, .categories:
      let table = if case .tags = subject { "tags" } else { "tag_categories" }
      (source, conditions) = (ListSource(tables: "\(table) t", tenant: "t.tenant_id", key: "t.id"), [])
      isJoined = false
      return
    case .applied(let holder, let id):
      (bearer, records, key) = (holder, "tags", "a.tag_id")
      conditions = [.equal("a.\(holder.column)", id, rank: nil)]
    case .bearers(let holder, let tag):
      (bearer, records, key) = (holder, holder.records, "a.\(holder.column)")
      conditions = [.equal("a.tag_id", tag, rank: nil)]
    }
    // What is listed is joined only where a filter or the order looks at it: whatever is applied is there.
    isJoined = query.looksAtRecords
    let joined = isJoined ? " JOIN \(records) t ON t.tenant_id = a.tenant_id AND t.id = \(key)" : ""
    source = ListSource(
      tables: "\(bearer.table) a\(joined)", tenant: "a.tenant_id", key: key, more: "a.applied_at AS applied_at")
  }

  /// What the list is sorted by; nil for the number alone. A missing text or number sorts first in SQLite and PostgreSQL alike.
  func place(of order: TagOrder) -> String? {
    switch order {
    case .id: nil
    case .name, .companyName: isJoined ? "t.normal_name || ''" : "t.normal_name"
    case .created: column(of: .created)
    case .updated: column(of: .updated)
    case .applied: column(of: .applied)
    case .category: "COALESCE(t.category_id, 0)"
    case .givenName: "COALESCE(t.given_name, '')"
    case .familyName: "COALESCE(t.family_name, '')"
    case .email: "COALESCE(\(email), '')"
    }
  }

  func condition(_ filter: TagFilter) -> ListCondition {
    switch filter {
    case .text(let field, nil): ListCondition(column: column(of: field), test: .isNull(true))
    case .text(.email, let text?): address(NormalForm.email(text))
    case .text(.description, let text?): .text(column(of: .description), text)
    case .text(let field, let text?): .text(column(of: field), NormalForm.name(text))
    case .category(let id?): .equal("t.category_id", id, rank: nil)
    case .category(nil): ListCondition(column: "t.category_id", test: .isNull(true))
    case .ids(let ids): ListCondition(column: source.key, test: .isOneOf(ids))
    case .from(let time, let moment): ListCondition(column: column(of: time), test: .compares(">=", .integer(moment)))
    case .until(let time, let moment): ListCondition(column: column(of: time), test: .compares("<=", .integer(moment)))
    }
  }

  /// Through the index of addresses. An empty one is nobody's.
  private func address(_ form: String) -> ListCondition {
    form.isEmpty ? ListCondition(column: source.key, test: .isNothing) : .text("t.email", form)
  }

  private func column(of text: TagFilter.Text) -> String {
    switch text {
    case .name, .companyName: "t.normal_name"
    case .description: "t.description"
    case .givenName: "t.given_name"
    case .familyName: "t.family_name"
    case .email: email
    }
  }

  /// A time; in a join it is spelled so that no index of what is listed is walked for it.
  private func column(of time: TagFilter.Time) -> String {
    switch time {
    case .created: isJoined ? "t.created_at + 0" : "t.created_at"
    case .updated: isJoined ? "t.updated_at + 0" : "t.updated_at"
    case .applied: "a.applied_at"
    }
  }
}

extension ListCondition {
  fileprivate static func text(_ column: String, _ text: String) -> ListCondition {
    ListCondition(column: column, isText: true, test: .compares("=", .text(text)))
  }
}

extension TagQuery {
  /// Whether a filter or the order looks at what is listed, and not only at what is applied.
  fileprivate var looksAtRecords: Bool {
    if order != .id, order != .applied { return true }
    return filters.contains { filter in
      switch filter {
      case .ids, .from(.applied, _), .until(.applied, _): false
      case .text, .category, .from, .until: true
      }
    }
  }
}

extension TagOrder {
  var isText: Bool {
    switch self {
    case .name, .givenName, .familyName, .email, .companyName: true
    case .id, .created, .updated, .applied, .category: false
    }
  }
}
