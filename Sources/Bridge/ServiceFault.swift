import Contacts
import Wire
import XMLRPC

/// The faults of Keap's XML-RPC, by their numbers.
enum ServiceFault: Int32 {
  case unexpected = 3
  case recordNotFound = 5
  case noTableAccess = 7
  case noFieldAccess = 8
  case noTableFound = 9
  case noFieldFound = 10
  case noFields = 11
  case invalidParameter = 12
  case noAccess = 14

  private var name: String {
    switch self {
    case .unexpected: "Unexpected"
    case .recordNotFound: "RecordNotFound"
    case .noTableAccess: "NoTableAccess"
    case .noFieldAccess: "NoFieldAccess"
    case .noTableFound: "NoTableFound"
    case .noFieldFound: "NoFieldFound"
    case .noFields: "NoFields"
    case .invalidParameter: "InvalidParameter"
    case .noAccess: "NoAccess"
    }
  }

  /// `[NoFieldFound]No field found: Contact.Foo`, in which clients look for the name.
  func callAsFunction(_ sentence: String) -> XMLRPCFault { XMLRPCFault(rawValue, "[\(name)]\(sentence)") }

  /// What an answer of REST is as a fault.
  init(status: Int) {
    switch status {
    case 404: self = .recordNotFound
    case 400, 409, 422: self = .invalidParameter
    case 403: self = .noAccess
    default: self = .unexpected
    }
  }
}

/// An answer of REST that an XML-RPC client gets with its own status: a rejected token, a limit.
struct PassedOn: Error {
  var answer: BridgeAnswer
}

/// Ends a call whose upstream threw, so that what became of the write is for its words to say, and tells what the call has left
/// behind at REST.
package struct LeftBehind: Error {
  /// What the upstream threw.
  package var cause: any Error
  /// A sentence.
  package var words: String
}

extension BridgeUpstream {
  /// Sends a request and takes an answer that says yes.
  /// - Throws: a fault with REST's words for one that says no, `PassedOn` for 401 and 429.
  @discardableResult
  func call(
    _ method: String, _ path: String, _ query: [BridgeRequest.Parameter] = [], body: JSON? = nil
  ) async throws -> JSON {
    let answer = try await send(BridgeRequest(method, path, query: query, body: body))
    switch answer.status {
    case 200..<300:
      // A page in place of an answer would be read as a list with nothing in it.
      guard answer.json.object != nil || answer.status == 204 || method == "DELETE" || method == "PATCH" else {
        throw ServiceFault.unexpected(
          "REST answered \(answer.status) with something else than JSON (\(method) \(path))")
      }
      return answer.json
    case 401, 429: throw PassedOn(answer: answer)
    default:
      let words = KeapFault.message(in: answer.json) ?? "REST answered \(answer.status)"
      throw ServiceFault(status: answer.status)("\(words) (\(method) \(path))")
    }
  }
}
