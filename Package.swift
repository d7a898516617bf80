// swift-tools-version: 6.2
import PackageDescription

/// A module, what it may import of ours, and what it takes from others. `scripts/check-imports` reads the same table.
struct Module {
  var name: String
  var ours: [String] = []
  var theirs: [Target.Dependency] = []
  var resources: [Resource] = []
  var kind = Target.TargetType.regular
  /// C functions that it defines in place of the C library's, for libraries of others too.
  var exports: [String] = []
  /// `Sources` holds the product alone, `Tools` what tests and measures it.
  var folder = "Sources"
  /// Files of its folder that a test reads where they stand.
  var excluded: [String] = []
  /// Of a C library that the system has, with a map to it and no source: what pkg-config calls it, and Debian's package.
  var system: (name: String, package: String)?
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let scrypt = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio: [Target.Dependency] = ["NIOCore", "NIOPosix", "NIOHTTP1"].map { .product(name: $0, package: "swift-nio") }
let embedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let tls = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let modules: [Module] = [
  Module(name: "CZlib", system: (name: "zlib", package: "zlib1g-dev")),
  Module(name: "Wire"),
  Module(name: "OAuth", ours: ["Wire"], theirs: [crypto]),
  Module(name: "Contacts", ours: ["Wire"]),
  Module(name: "XMLRPC", ours: ["Wire"]),
  Module(name: "Bridge", ours: ["Wire", "Contacts", "XMLRPC"]),
  Module(name: "Store", ours: ["Wire", "OAuth"], theirs: [crypto, grdb, sqlite]),
  Module(name: "Sockets", ours: ["Wire"], theirs: [nio[0], tls, logging]),
  Module(name: "Outbound", ours: ["Wire", "OAuth", "Sockets"], theirs: nio + [nioTLS, tls]),
  Module(
    name: "Keeper", ours: ["Wire", "OAuth", "Store"], theirs: [crypto, logging, yams],
    resources: [
      "evergrant", "github", "google", "hubspot", "keap", "mailchimp", "microsoft", "quickbooks", "salesforce", "slack",
      "xero", "zoho",
    ].map { .embedInCode("Providers/Entries/\($0).yaml") }),
  Module(name: "Operator", ours: ["Wire", "OAuth", "Store", "Keeper"], theirs: [crypto, logging]),
  Module(name: "Jobs", ours: ["Wire", "Contacts"]),
  Module(name: "Scan", ours: ["Wire", "Bridge"]),
  Module(name: "Issuer", ours: ["Wire", "OAuth", "Contacts", "Store"], theirs: [crypto, scrypt, logging]),
  Module(
    name: "Proxy", ours: ["Wire", "OAuth", "XMLRPC", "Bridge", "Sockets", "Outbound", "Keeper"],
    theirs: nio + [tls, logging, lifecycle]),
  Module(
    name: "Web",
    ours: [
      "CZlib", "Wire", "OAuth", "Contacts", "Bridge", "Store", "Sockets", "Outbound", "Keeper", "Operator", "Issuer",
    ],
    theirs: nio + [hummingbird, hummingbirdCore, httpTypes, mustache, tls, crypto, logging, lifecycle],
    resources: [.embedInCode("Pages/Templates")]),
  Module(
    name: "evergrant",
    ours: [
      "Wire", "OAuth", "Contacts", "Bridge", "Store", "Outbound", "Keeper", "Operator", "Jobs", "Scan", "Issuer",
      "Proxy", "Web",
    ],
    theirs: [argumentParser, lifecycle, unixSignals, logging, yams], resources: [.embedInCode("Demo/customers.csv")],
    kind: .executable),
  Module(name: "TestKit", ours: ["Wire", "OAuth", "Store"], theirs: [logging], folder: "Tools"),
  Module(name: "FuzzKit", ours: ["Wire", "Contacts", "XMLRPC"], folder: "Tools"),
  Module(
    name: "NetworkKit", ours: ["Wire", "Outbound", "TestKit"], theirs: [nio[0], nio[1], tls], folder: "Tools"),
  Module(
    name: "DiskWatch", exports: ["fsync", "fdatasync", "pread", "write", "pwrite", "pwrite64", "rename", "flock"],
    folder: "Tools"),
  Module(
    name: "KeeperKit", ours: ["Wire", "OAuth", "Store", "Keeper", "Operator", "TestKit"], folder: "Tools"),
  Module(name: "HostileProvider", ours: ["Wire", "OAuth", "TestKit"], theirs: nio, folder: "Tools"),
  Module(
    name: "drill",
    ours: ["Wire", "OAuth", "Store", "Outbound", "Keeper", "Operator", "Web", "TestKit", "HostileProvider"],
    theirs: [argumentParser], kind: .executable, folder: "Tools"),
  Module(
    name: "Simulation", ours: ["Wire", "OAuth", "Store", "Keeper", "Operator", "Issuer", "TestKit"], folder: "Tools"),
  Module(
    name: "simulate", ours: ["Wire", "Simulation"], theirs: [argumentParser], kind: .executable, folder: "Tools"),
  Module(
    name: "measure", ours: ["Wire", "OAuth", "Store", "Keeper", "Operator", "TestKit"], theirs: [argumentParser],
    kind: .executable, folder: "Tools"),
  Module(name: "WireTests", ours: ["Wire", "TestKit", "FuzzKit"], kind: .test, excluded: ["Fixtures"]),
  Module(name: "OAuthTests", ours: ["Wire", "OAuth", "TestKit"], kind: .test),
  Module(name: "ContactsTests", ours: ["Wire", "Contacts", "TestKit", "FuzzKit"], kind: .test, excluded: ["Fixtures"]),
  Module(name: "XMLRPCTests", ours: ["Wire", "XMLRPC", "TestKit", "FuzzKit"], kind: .test, excluded: ["Fixtures"]),
  Module(name: "BridgeTests", ours: ["Wire", "Contacts", "XMLRPC", "Bridge", "TestKit"], kind: .test),
  Module(name: "StoreTests", ours: ["Wire", "OAuth", "Store", "TestKit", "DiskWatch"], kind: .test),
  Module(
    name: "IssuerTests", ours: ["Wire", "OAuth", "Contacts", "Store", "Issuer", "TestKit", "DiskWatch"],
    kind: .test),
  Module(
    name: "KeeperTests",
    ours: ["Wire", "OAuth", "Store", "Keeper", "Operator", "Issuer", "TestKit", "DiskWatch", "KeeperKit"],
    theirs: [logging], kind: .test, excluded: ["Fixtures"]),
  Module(
    name: "OperatorTests",
    ours: ["Wire", "OAuth", "Store", "Keeper", "Operator", "Issuer", "TestKit", "KeeperKit"],
    theirs: [logging], kind: .test),
  Module(name: "JobsTests", ours: ["Wire", "Contacts", "Jobs", "TestKit"], kind: .test),
  Module(name: "ScanTests", ours: ["Wire", "Bridge", "Scan", "TestKit"], kind: .test, excluded: ["Fixtures"]),
  Module(name: "SocketsTests", ours: ["Sockets"], theirs: [nio[0], embedded, logging], kind: .test),
  Module(
    name: "OutboundTests", ours: ["Wire", "OAuth", "Outbound", "TestKit", "NetworkKit"],
    theirs: nio + [embedded, nioTLS, tls], kind: .test),
  Module(
    name: "ProxyTests",
    ours: ["Wire", "OAuth", "Sockets", "Outbound", "Keeper", "Proxy", "TestKit", "NetworkKit", "KeeperKit"],
    theirs: nio + [embedded, tls], kind: .test),
  Module(
    name: "WebTests",
    ours: [
      "CZlib", "Wire", "OAuth", "Contacts", "XMLRPC", "Bridge", "Store", "Sockets", "Outbound", "Keeper", "Operator",
      "Issuer", "Web", "TestKit", "NetworkKit", "KeeperKit", "HostileProvider",
    ],
    theirs: nio + [embedded, hummingbird, tls, logging, lifecycle], kind: .test),
  Module(name: "SimulationTests", ours: ["Simulation", "TestKit"], kind: .test),
  Module(
    name: "SystemTests", ours: ["Wire", "OAuth", "Store", "TestKit", "NetworkKit"], theirs: [nio[0], nio[1]],
    kind: .test,
    excluded: ["Fixtures"]),
]

/// `EVERGRANT_ONLY=KeeperTests` declares that target and what it needs, nothing else: a short build for one part.
let chosen: Set<String> = {
  guard let only = Context.environment["EVERGRANT_ONLY"] else { return Set(modules.map(\.name)) }
  var chosen: Set<String> = [], open = only.split(separator: ",").map(String.init)
  while let name = open.popLast() {
    guard chosen.insert(name).inserted else { continue }
    open += modules.first { $0.name == name }?.ours ?? []
  }
  return chosen
}()

let package = Package(
  name: "evergrant",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: modules.filter { chosen.contains($0.name) }.map { module in
    let dependencies = module.ours.map { Target.Dependency.target(name: $0) } + module.theirs
    let path = "\(module.kind == .test ? "Tests" : module.folder)/\(module.name)"
    if let system = module.system {
      return .systemLibrary(
        name: module.name, path: path, pkgConfig: system.name, providers: [.apt([system.package])])
    }
    return switch module.kind {
    case .executable:
      .executableTarget(
        name: module.name, dependencies: dependencies, path: path, exclude: module.excluded, resources: module.resources
      )
    case .test:
      .testTarget(
        name: module.name, dependencies: dependencies, path: path, exclude: module.excluded, resources: module.resources
      )
    default:
      .target(
        name: module.name, dependencies: dependencies, path: path, exclude: module.excluded,
        resources: module.resources,
        linkerSettings: module.exports.isEmpty
          ? [] : [.unsafeFlags(module.exports.flatMap { ["-Xlinker", "--export-dynamic-symbol=\($0)"] })])
    }
  }
)

for target in package.targets where modules.contains(where: { $0.name == target.name && $0.system == nil }) {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
  ]
}
