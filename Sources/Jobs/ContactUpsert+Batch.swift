import Contacts
import Wire

/// Many contacts in one call, where the API has that.
///
/// The API itself looks, writes and says what became of each, so no look goes before. What it leaves to a person, because several
/// contacts match, and what can be taken without its region, goes by the calls that one contact takes.
extension ContactUpsert {
  /// The path of the call, below the address of the API.
  static let batchPath = "/v1/contacts:batch"

  /// How many rows go in the next call; 0 where each has calls of its own.
  var batchSize: Int { offer.size }

  /// How many batches may be under way.
  var mostBatches: Int { min(api.pace.width, BatchOffer.width) }

  /// With how many calls under way the entry has to wait. One that goes with others is collected meanwhile, once it is known that
  /// there are batches.
  func callsBefore(_ entry: CustomerEntry) -> Int {
    guard goesInBatch(entry) else { return api.pace.width }
    return offer.isKnown ? .max : 1
  }

  /// Whether the entry can go in a call with others: tags are calls of their own, and need to know those that the contact has.
  func goesInBatch(_ entry: CustomerEntry) -> Bool {
    batchSize > 0 && vocabulary.forAll.isEmpty && (entry.tags.isEmpty || !vocabulary.hasTags)
  }

  /// Adds or updates each, in their order. After one that came to nothing no more is begun, and what was answered counts.
  func callAsFunction(_ entries: [CustomerEntry]) async -> [Result<Answer, any Error>] {
    let model = vocabulary.model, resolved = entries.map { model.resolved($0) }
    let (taken, fault) = await batched(resolved.map(\.change))
    var answers: [Result<Answer, any Error>] = [], failure = fault
    for (index, entry) in entries.enumerated() {
      if index < taken.count, var answer = taken[index] {
        answer.warnings = resolved[index].warnings
        answers.append(.success(answer))
      } else if let failure {
        answers.append(.failure(failure))
      } else {
        do { answers.append(.success(try await callAsFunction(entry))) } catch {
          failure = error
          answers.append(.failure(error))
        }
      }
    }
    return answers
  }

  /// - Returns: for each what became of it, nil where it needs calls of its own, up to the call that failed.
  private func batched(_ changes: [ContactChange]) async -> (answers: [Answer?], failure: (any Error)?) {
    let items = changes.map { KeapV2.body(for: $0).serialized() }
    var answers: [Answer?] = [], start = 0
    while start < items.count {
      var end = start + 1, length = items[start].count
      while end < items.count, length + items[end].count < BatchOffer.longestBody {
        length += items[end].count + 1
        end += 1
      }
      do {
        let told = try await results(of: items[start..<end])
        for index in start..<end { answers.append(told.flatMap { Self.answer($0[index - start], to: changes[index]) }) }
      } catch {
        return (answers, error)
      }
      start = end
    }
    return (answers, nil)
  }

  /// - Returns: nil where the API has no such call, or not for these.
  private func results(of items: ArraySlice<[UInt8]>) async throws -> [JSON]? {
    guard offer.size > 0 else { return nil }
    let list = Array(items.joined(separator: Array(",".utf8)))
    let body = Array(#"{"items":["#.utf8) + list + Array("]}".utf8)
    let isKnown = offer.isKnown
    do {
      let json = try await batch(body, isKnown: isKnown)
      guard let results = json["results"]?.array, results.count == items.count else {
        offer.missed()
        return nil
      }
      offer.found()
      return results
    } catch is ContactRefusal {
      offer.missed()
      return nil
    } catch let halt as ContactAPI.Halt
      where halt.isDenied || halt.isOfPath || halt.isUnanswered && !halt.isBusy && !isKnown
    {
      offer.missed()
      return nil
    }
  }

  /// Whether there is such a call is asked twice at most, so that no gateway that fails at what it does not know ends the import;
  /// who says to come again later is asked like anybody.
  private func batch(_ body: [UInt8], isKnown: Bool) async throws -> JSON {
    let target = "\(Self.batchPath)?match=\(match.rawValue)"
    do {
      return try await api.call("POST", target, body, tries: isKnown ? ContactAPI.mostTries : 2).json
    } catch let halt as ContactAPI.Halt where halt.isBusy && !isKnown {
      return try await api.call("POST", target, body).json
    }
  }

  private static func answer(_ result: JSON, to change: ContactChange) -> Answer? {
    let id = text(result["id"])
    switch result["outcome"]?.string {
    case "created": return Answer(outcome: .created, id: id)
    case "updated": return Answer(outcome: .updated, id: id)
    case "unchanged": return Answer(outcome: .unchanged, id: id)
    case "refused":
      guard let reason = result["reason"]?.string, !(KeapFault.refusesRegion(reason) && change.hasRegions) else {
        return nil
      }
      return Answer(outcome: .refused(reason))
    default: return nil
    }
  }
}
