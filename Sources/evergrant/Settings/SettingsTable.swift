import Foundation
import Issuer
import Wire

/// Every setting there is: what is not here cannot be set. Its property here is all that is said of a setting; its flag, its
/// variable, its key in the file, its help and its line of `config` are made of that.
struct SettingsTable: Sendable {
  static let ownHost = "127.0.0.1"
  private static let port = 8080

  let data = Setting.path(
    "data", "The data folder.", "evergrant in your user's data folder")
  let masterKey = Setting.path(
    "master-key",
    "The file with the keys that seal what is stored; for the data that is named in the same place, or further down.",
    "key in the data folder")
  let host = Setting.text("host", ownHost, "The loopback address that the keeper listens on.")
  let port = Setting.port("port", port, "Port of the data plane, which jobs call.")
  let remotePort = Setting.port(
    "remote-port", nil,
    "Port for jobs on other machines, by TLS: with tls-certificate and tls-key, or behind-tls-proxy.")
  let remoteHost = Setting.text("remote-host", "0.0.0.0", "The address that remote-port is on.")
  let tlsCertificate = Setting.path(
    "tls-certificate", "The certificate of remote-port and its issuers, in PEM form; read again when it changes.",
    "none")
  let tlsKey = Setting.path("tls-key", "The private key of that certificate, in PEM form.", "none")
  let behindTLSProxy = Setting.text(
    "behind-tls-proxy", nil,
    "The addresses of TLS proxies, with commas: remote-port is for them alone, and without TLS.")
  let controlPort = Setting.port("control-port", 8081, "Port of the control plane.")
  let publicURL = Setting.text(
    "public-url", nil, "The https address under which people reach the approval pages.")
  let publicPort = Setting.port("public-port", 8082, "Port of the approval pages, behind public-url.")
  let threads = Setting.count(
    "threads", max(1, ProcessInfo.processInfo.activeProcessorCount), "Threads of the data plane.", "one for each core")
  let verbose = Setting.flag("verbose", "Log every call.")

  let url = Setting.text(
    "url", "http://\(Origin.authority(host: ownHost, port: port))", "The keeper's address, for jobs.")
  let keyFile = Setting.path("key-file", "The file with a job's API key.", "none")
  let connection = Setting.text("connection", nil, "A job's connection.")

  let issuerBaseURL = Setting.text(
    "issuer.base-url", nil, "The address that everybody knows the issuer by.", "http://HOST:PORT")
  let issuerHost = Setting.text("issuer.host", ownHost, "The address that the issuer listens on.")
  let issuerPort = Setting.port("issuer.port", 8090, "The port that the issuer listens on.")
  let issuerBehindTLSProxy = Setting.text(
    "issuer.behind-tls-proxy", nil,
    "The addresses of TLS proxies in front of the issuer, with commas: it believes theirs alone when their X-Forwarded-For "
      + "tells where a request comes from.")
  let issuerAllowOrigin = Setting.text(
    "issuer.allow-origin", nil,
    "The origins whose pages may call the API and the token endpoints from a browser, with commas.")
  let issuerAccessLifetime = Setting.span(
    "issuer.access-lifetime", .hours(24), "How long an access token lives.")
  let issuerRefreshWindow = Setting.span(
    "issuer.refresh-window", .days(183), "How long a grant may lie unused.")
  let issuerCodeLifetime = Setting.span(
    "issuer.code-lifetime", .seconds(60),
    "How long a code is good, at most \(IssuerSettings.longestCodeLifetime.readable).")
  let issuerAs = Setting.choice(
    "issuer.as", Dialect.evergrant,
    "Whose rules every app meets: evergrant's own, or keap's, by which a refresh token works once.")
  let issuerKeapDeadToken = Setting.choice(
    "issuer.keap-dead-token", KeapDeadToken.invalidGrant,
    "The error by which Keap's rules refuse a dead refresh token: that of until 2019, or the newer one.")
  let issuerAppLimits = Setting.limits(
    "issuer.app-limits", "How many calls of one app are served, 429 beyond.", "25/s,1500/min,150000/day")
  let issuerTenantLimits = Setting.limits(
    "issuer.tenant-limits", "How many calls of all apps in one tenant are served.", "10000/min,250000/day")
  let issuerRehearse = Setting.flag(
    "issuer.rehearse", "Let each request choose what goes wrong with it, in X-Evergrant-Fault; for trials alone.")
  let issuerFaults = Setting.text(
    "issuer.faults", nil,
    "What goes wrong on purpose, and when, such as 'token slow=12s 2m of 1h, api 429 every 20'; for trials alone.")
  let issuerPrivateHooks = Setting.flag(
    "issuer.private-hooks", "Let hooks be called in private networks and on this machine.")
  let issuerVerbose = Setting.flag("issuer.verbose", "Log every request.")
}

extension Settings {
  static let table = SettingsTable()

  /// The settings in the order of the table, which is read off its properties so that none can be forgotten.
  static let all: [any AnySetting] = Mirror(reflecting: table).children.compactMap { $0.value as? any AnySetting }
}
