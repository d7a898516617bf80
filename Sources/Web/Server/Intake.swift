import Foundation
import Hummingbird
import NIOCore
import OAuth

extension Request {
  /// The query as fields.
  ///
  /// - Throws: 400 where an escape is broken.
  func query() throws(SiteFailure) -> FormFields {
    guard let fields = FormFields(parsing: uri.query ?? "") else { throw SiteFailure(.badRequest) }
    return fields
  }

  var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }

  /// The body as form fields.
  ///
  /// - Throws: 415 where it is no form, 413 where it is longer than `most` bytes, 400 where it is not well-formed.
  func form(atMost most: Int = 16 << 10) async throws(SiteFailure) -> FormFields {
    guard isForm else { throw SiteFailure(.unsupportedMediaType) }
    let bytes = try await bytes(atMost: most)
    guard let text = String(validating: bytes, as: UTF8.self), let fields = FormFields(parsing: text) else {
      throw SiteFailure(.badRequest)
    }
    return fields
  }

  /// The whole body.
  ///
  /// - Throws: 413 where it is longer than `most` bytes, 400 where it ends too early.
  func bytes(atMost most: Int) async throws(SiteFailure) -> [UInt8] {
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > most { throw SiteFailure(.contentTooLarge) }
    do {
      return Array(try await body.collect(upTo: most).readableBytesView)
    } catch is NIOTooManyBytesError {
      throw SiteFailure(.contentTooLarge)
    } catch {
      throw SiteFailure(.badRequest)
    }
  }

  private var mediaType: String? {
    headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased()
  }

  func cookie(_ name: String) -> Secret? { cookies[name].map { Secret($0.value) } }
}
