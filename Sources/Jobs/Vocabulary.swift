import Contacts
import Synchronization
import Wire

/// A tenant's custom fields and tags by their names, as the API has told them.
final class Vocabulary: Sendable {
  private struct State {
    var model = CustomFieldModel(.contact)
    /// By the normal form of the name.
    var tags: [String: (id: Int64, name: String)] = [:]
    var names: [Int64: String] = [:]
    /// Whether tags are looked up and applied at all.
    var hasTags = false
    var isDenied = false
  }

  /// More tags than any tenant needs, and no more than memory should hold.
  private static let mostTags = 100_000

  /// Tags that every row gets.
  let forAll: [String]
  private let creates: Bool
  private let state = Mutex(State())

  init(tagAll: [String], createsTags: Bool) {
    forAll = tagAll
    creates = createsTags
  }

  var model: CustomFieldModel { state.withLock(\.model) }
  var hasTags: Bool { state.withLock { $0.hasTags } }
  /// Whether the key may not do what tags in a column need, so that they are left out.
  var isDenied: Bool { state.withLock(\.isDenied) }

  /// Asks for what these columns need, before the first row is written.
  /// - Throws: `ContactRefusal` where a custom field, or a tag for all rows, is not there.
  func prepare(for columns: CustomerColumns, _ api: ContactAPI) async throws {
    if !columns.customFields.isEmpty {
      let model = try await api.model()
      for name in columns.customFields where model[named: name] == nil {
        let near = Likeness.nearest(to: name, among: model.definitions.map(\.label)).map { " Is \($0) meant?" } ?? ""
        let column = columns.columns[.custom(name)]?.first.map { columns.names[$0] } ?? name
        throw ContactRefusal(
          "there is no custom field \(name) for contacts.\(near) Make it there (at an Evergrant issuer: POST "
            + "/crm/rest/v2/contacts/model/customFields), or leave its column out: --map '\(column)=\(ColumnMap.nothing)'."
        )
      }
      state.withLock { $0.model = model }
    }
    guard !forAll.isEmpty || columns.columns[.tags] != nil else { return }
    do { try await load(api) } catch let halt as ContactAPI.Halt {
      guard forAll.isEmpty, halt.isDenied, !halt.isOfKey else { throw halt }
      return deny()
    }
    state.withLock { $0.hasTags = true }
    for name in forAll where id(of: name) == nil {
      guard creates else { throw ContactRefusal(complaint(about: name) + " With --create-tags it is made.") }
      _ = try await create(name, api)
    }
  }

  /// Leaves the tags of columns out from now on.
  func deny() { state.withLock { ($0.hasTags, $0.isDenied) = (false, true) } }

  /// What there is to say of a tag that is not there.
  func complaint(about name: String) -> String {
    let known = state.withLock { $0.tags.values.map(\.name) }
    return "there is no tag \(name)." + (Likeness.nearest(to: name, among: known).map { " Is \($0) meant?" } ?? "")
  }

  /// Asks for all tags by name.
  func load(_ api: ContactAPI) async throws {
    var token: String?
    repeat {
      let next = token.map { "&page_token=" + PercentEncoding.encode($0) } ?? ""
      let page = try KeapV2.tags(fromAnswer: await api.call("GET", "/crm/rest/v2/tags?page_size=1000\(next)").json)
      let isFull = state.withLock { state in
        for tag in page.tags {
          state.tags[NormalForm.name(tag.name)] = tag
          state.names[tag.id] = tag.name
        }
        return state.tags.count >= Self.mostTags
      }
      token = isFull || page.tags.isEmpty || page.nextPageToken == token ? nil : page.nextPageToken
    } while token != nil
  }

  func id(of name: String) -> Int64? { state.withLock { $0.tags[NormalForm.name(name)]?.id } }

  func name(of id: Int64) -> String? { state.withLock { $0.names[id] } }

  /// Those of the names that would be made, so that two rows do not make one twice.
  func new(among names: [String]) -> [String] { creates && hasTags ? names.filter { id(of: $0) == nil } : [] }

  /// The numbers of tags, made where they are not there and may be made.
  func ids(of names: [String], _ api: ContactAPI) async throws -> (ids: [Int64], missing: [String]) {
    var ids: [Int64] = []
    var missing: [String] = []
    for name in names {
      if let id = id(of: name) {
        ids.append(id)
      } else if creates, let id = try await create(name, api) {
        ids.append(id)
      } else {
        missing.append(name)
      }
    }
    return (ids, missing)
  }

  /// - Returns: nil where the API will have no such tag.
  private func create(_ name: String, _ api: ContactAPI) async throws -> Int64? {
    let body = JSON.object(["name": .string(name)]).serialized()
    do {
      let made = try await api.call("POST", "/crm/rest/v2/tags", body).json
      guard let id = made["id"]?.integer ?? made["id"]?.string.flatMap({ Int64($0) }) else { return nil }
      state.withLock { $0.tags[NormalForm.name(name)] = (id, name) }
      return id
    } catch is ContactRefusal {
      // After a lost answer it is there already.
      try await load(api)
      return id(of: name)
    }
  }
}
