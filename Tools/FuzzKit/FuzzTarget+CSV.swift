import Contacts
import Wire

extension FuzzTarget {
  /// So long that a short input reaches the limit.
  private static let recordLimit = 512

  static func brokenCSV(_ bytes: [UInt8]) -> String? {
    // What is tried follows from the input, so that each costs little and the corpus cut anywhere tries it all.
    let encoding = bytes.count.isMultiple(of: 2) ? TextEncoding.utf8 : .windows1252
    let chunk = 1 + bytes.count / 2 % 8
    let whole = records(bytes, encoding, chunk: .max)
    guard records(bytes, encoding, chunk: chunk) == whole else {
      return "in pieces of \(chunk) it is read as other records"
    }
    return broken(whole) ?? brokenFile(bytes)
  }

  private static func records(_ bytes: [UInt8], _ encoding: TextEncoding, chunk: Int) -> [CSVRecord] {
    var reader = CSVReader(encoding: encoding, limit: recordLimit)
    var records: [CSVRecord] = [], rest = bytes[...]
    while !rest.isEmpty {
      records += reader.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
    }
    return records + reader.finish()
  }

  private static func broken(_ records: [CSVRecord]) -> String? {
    var line = 0
    for record in records {
      guard record.line > line else { return "two records begin on one line, or a later one before an earlier" }
      line = record.line
      // A line end of two bytes may reach over the limit.
      guard record.raw.count <= recordLimit + 1 else { return "a record longer than the limit was kept" }
      switch record.fields {
      case .failure(let fault):
        guard fault.description.utf8.count <= 100 else { return "a refusal of more than a line" }
      case .success(let fields):
        guard fields.count <= CSVReader.mostColumns else { return "a record of too many columns was read" }
        // Written with a column before it, so that no text is taken for a mark or an empty line.
        let text = "a,b\n" + (["x"] + fields).map { TextCell.quoted($0) }.joined(separator: ",") + "\n"
        var reader = CSVReader(limit: 1 << 20)
        let again = reader.feed(Array(text.utf8)) + reader.finish()
        guard again.count == 2, again[1].fields == .success(["x"] + fields) else {
          return "what was written of it is read as another record"
        }
      }
    }
    return nil
  }

  /// The same bytes as a customer file, in the encoding that it is taken for.
  private static func brokenFile(_ bytes: [UInt8]) -> String? {
    var survey = EncodingSurvey()
    survey.feed(bytes)
    let head = Array("email,tags,birthday,billing country,billing region,custom:x\n".utf8)
    for encoding in Set([survey.finding(isWhole: true).encoding, .utf8]) {
      var file = CustomerFile(.init(encoding: encoding), limit: recordLimit)
      let all = encoding == .utf8 ? head + bytes : bytes
      guard let rows = try? file.feed(all) + file.finish() else { continue }
      for row in rows {
        switch row.outcome {
        case .refused(let reason) where reason.utf8.count > 1000: return "a reason of more than a few lines"
        case .accepted(let entry, _) where entry.change.email == nil: return "a row without an address was taken"
        default: break
        }
      }
    }
    return nil
  }
}
