import Foundation
import Yams

/// The providers that this program knows, by name.
package struct ProviderCatalogue: Sendable {
  package let entries: [String: Provider]

  package init(_ providers: [Provider]) {
    entries = Dictionary(providers.map { ($0.name, $0) }) { $1 }
  }

  /// - Throws: where an entry's file is not what this version reads.
  package static func builtIn() throws -> ProviderCatalogue { try read.get() }

  /// Read once: the help of a command names them each time that its parser looks at it.
  private static let read: Result<ProviderCatalogue, any Error> = Result {
    let files = [
      PackageResources.evergrant_yaml, PackageResources.github_yaml, PackageResources.google_yaml,
      PackageResources.hubspot_yaml, PackageResources.keap_yaml, PackageResources.mailchimp_yaml,
      PackageResources.microsoft_yaml, PackageResources.quickbooks_yaml, PackageResources.salesforce_yaml,
      PackageResources.slack_yaml, PackageResources.xero_yaml, PackageResources.zoho_yaml,
    ]
    return ProviderCatalogue(try files.map { try YAMLDecoder().decode(Provider.self, from: Data($0)) })
  }

  /// The names of the providers that come with the program, for a sentence.
  package static var names: String { ((try? builtIn())?.entries.keys.sorted() ?? []).joined(separator: ", ") }
}
