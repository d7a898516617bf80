import ArgumentParser
import Foundation
import Operator
import Proxy
import Wire

/// Where a server listens, as flags say it, and the environment and the file where they do not.
struct ListeningOptions: ParsableArguments {
  @Option(\.port) var port: Int?
  @Option(\.remotePort) var remotePort: Int?
  @Option(\.remoteHost) var remoteHost: String?
  @Option(\.tlsCertificate) var tlsCertificate: String?
  @Option(\.tlsKey) var tlsKey: String?
  @Option(\.behindTLSProxy) var behindTLSProxy: String?
  @Option(\.controlPort) var controlPort: Int?
  @Option(\.host) var host: String?
  @Option(\.publicURL) var publicURL: String?
  @Option(\.publicPort) var publicPort: Int?
  @Option(\.threads) var threads: Int?

  /// - Throws: a sentence that says what to do, where no server could listen so.
  func listening(_ settings: Settings) throws -> Listening {
    let listening = try Listening(
      host: settings.required(\.host, flag: host),
      port: settings.required(\.port, flag: port),
      controlPort: settings.required(\.controlPort, flag: controlPort),
      publicPort: settings.required(\.publicPort, flag: publicPort),
      threads: settings.required(\.threads, flag: threads),
      publicAddress: settings.publicAddress(flag: publicURL),
      remote: remote(settings))
    try listening.judge()
    return listening
  }

  private func remote(_ settings: Settings) throws -> Listening.Remote? {
    let port = try settings(\.remotePort, flag: remotePort)
    let certificate = try settings(\.tlsCertificate, flag: tlsCertificate)
    let key = try settings(\.tlsKey, flag: tlsKey)
    let proxies = try settings(\.behindTLSProxy, flag: behindTLSProxy)
    guard let port else {
      guard certificate == nil, key == nil, proxies == nil else {
        throw Denied("A certificate or a TLS proxy is named, and no port for it: set remote-port too.")
      }
      return nil
    }
    let callers: Callers
    switch (certificate, key, proxies) {
    case (let certificate?, let key?, nil):
      callers = .remote(try ServerTLS(certificate: certificate, key: key, clock: .system))
    case (nil, nil, let proxies?): callers = .proxies(try Settings.proxyAddresses(proxies))
    default:
      throw Denied(
        "remote-port needs either tls-certificate and tls-key, or behind-tls-proxy, so that no key is sent in the clear."
      )
    }
    return Listening.Remote(
      host: try settings.required(\.remoteHost, flag: remoteHost), port: port, callers: callers)
  }
}

extension Settings {
  /// Where people reach the keeper from outside; nil where they do not.
  func publicAddress(flag: String? = nil) throws -> PublicAddress? {
    guard let text = try self(\.publicURL, flag: flag) else { return nil }
    guard let address = PublicAddress(text) else {
      throw Denied(
        "public-url \(text) is not https://host[:port] without a path; plain http is for this machine alone.")
    }
    return address
  }

  /// Origins, each as a browser names it. `*` is none: whoever lets pages in says whose.
  static func origins(_ text: String) throws -> Set<String> {
    try Set(
      text.split(separator: ",").map { part in
        let text = part.trimmingCharacters(in: .whitespaces)
        guard let origin = Wire.Origin(text), origin.description == text, text == text.lowercased() else {
          throw Denied(
            "allow-origin has \(text), which is no origin as a browser names it, such as https://shop.example.org; plain http "
              + "is for this machine alone.")
        }
        return text
      })
  }

  /// The addresses of TLS proxies, wherever they are named.
  static func proxyAddresses(_ text: String) throws -> [IPAddress] {
    try text.split(separator: ",").map { part in
      guard let address = IPAddress(part.trimmingCharacters(in: .whitespaces)) else {
        throw Denied("behind-tls-proxy has \(part), which is no IP address.")
      }
      return address
    }
  }
}
