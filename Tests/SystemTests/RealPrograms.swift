import Testing

/// The programs as they are installed, as processes on loopback: a few stories at a time, each on a stage of its own.
@Suite("the programs on loopback", .lanes) enum RealPrograms {}
