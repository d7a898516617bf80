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
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let scrypt = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
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
  Module(name: "OAuth", theirs: [crypto]),
  Module(name: "Contacts"),
  Module(name: "Store", ours: ["OAuth", "Contacts"], theirs: [crypto, grdb]),
  Module(
    name: "Keeper", ours: ["Store", "OAuth", "Contacts"], theirs: [crypto, logging, yams],
    resources: [
      "evergrant", "github", "google", "hubspot", "keap", "mailchimp", "microsoft", "quickbooks", "salesforce", "slack",
      "xero", "zoho",
    ].map { .embedInCode("Providers/Entries/\($0).yaml") }),
  Module(name: "Issuer", ours: ["Store", "OAuth", "Contacts"], theirs: [crypto, scrypt, logging]),
  Module(name: "Sockets", theirs: [nio[0], tls, logging]),
  Module(
    name: "Proxy", ours: ["Keeper", "Sockets", "Store", "OAuth"], theirs: nio + [tls, logging, lifecycle]),
  Module(
    name: "Web", ours: ["Keeper", "Issuer", "Sockets", "Store", "OAuth", "Contacts"],
    theirs: nio + [nioTLS, hummingbird, hummingbirdCore, mustache, tls, crypto, logging, lifecycle],
    resources: [.embedInCode("Pages/Templates")]
  ),
  Module(
    name: "evergrant", ours: ["Web", "Proxy", "Keeper", "Issuer", "Store", "OAuth", "Contacts"],
    theirs: [argumentParser, lifecycle, unixSignals, logging, yams], resources: [.embedInCode("Demo/customers.csv")],
    kind: .executable),
  Module(name: "TestKit", ours: ["Store", "OAuth"]),
  Module(
    name: "DiskWatch", exports: ["fsync", "fdatasync", "pread", "write", "pwrite", "pwrite64", "rename", "flock"]),
  Module(name: "HostileProvider", ours: ["TestKit", "Store", "OAuth"], theirs: nio),
  Module(
    name: "drill", ours: ["HostileProvider", "TestKit", "Web", "Keeper", "Store", "OAuth"],
    theirs: [argumentParser, logging], kind: .executable),
  Module(name: "Simulation", ours: ["Keeper", "Issuer", "Store", "OAuth", "TestKit"], theirs: [logging]),
  Module(
    name: "simulate", ours: ["Simulation", "Store"], theirs: [argumentParser], kind: .executable),
  Module(
    name: "measure", ours: ["Keeper", "Store", "OAuth"], theirs: [argumentParser, logging], kind: .executable),
  Module(name: "OAuthTests", ours: ["OAuth", "TestKit"], kind: .test),
  Module(name: "ContactsTests", ours: ["Contacts"], kind: .test),
  Module(name: "StoreTests", ours: ["Store", "OAuth", "TestKit", "DiskWatch"], kind: .test),
  Module(
    name: "IssuerTests", ours: ["Issuer", "Store", "OAuth", "Contacts", "TestKit", "DiskWatch"], theirs: [logging],
    kind: .test),
  Module(
    name: "KeeperTests", ours: ["Keeper", "Issuer", "Store", "OAuth", "Contacts", "TestKit", "DiskWatch"],
    theirs: [logging], kind: .test),
  Module(
    name: "ProxyTests", ours: ["Proxy", "Keeper", "Sockets", "Store", "OAuth", "TestKit"],
    theirs: nio + [embedded, tls, logging],
    kind: .test),
  Module(
    name: "WebTests",
    ours: ["Web", "Keeper", "Issuer", "Sockets", "Store", "OAuth", "Contacts", "TestKit", "HostileProvider"],
    theirs: nio + [embedded, nioTLS, hummingbird, tls, logging, lifecycle], kind: .test),
  Module(name: "SocketsTests", ours: ["Sockets"], theirs: nio + [embedded, logging], kind: .test),
  Module(name: "SimulationTests", ours: ["Simulation", "TestKit"], kind: .test),
  Module(name: "SystemTests", ours: ["TestKit", "Store", "OAuth"], theirs: nio, kind: .test),
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
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: modules.filter { chosen.contains($0.name) }.map { module in
    let dependencies = module.ours.map { Target.Dependency.target(name: $0) } + module.theirs
    return switch module.kind {
    case .executable:
      .executableTarget(name: module.name, dependencies: dependencies, resources: module.resources)
    case .test: .testTarget(name: module.name, dependencies: dependencies, resources: module.resources)
    default:
      .target(
        name: module.name, dependencies: dependencies, resources: module.resources,
        linkerSettings: module.exports.isEmpty
          ? [] : [.unsafeFlags(module.exports.flatMap { ["-Xlinker", "--export-dynamic-symbol=\($0)"] })])
    }
  }
)

for target in package.targets {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
  ]
}
