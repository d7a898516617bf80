import Testing

/// The programs as they are installed, as processes on loopback: one story at a time, each on a stage of its own.
@Suite("the programs on loopback", .serialized) enum RealPrograms {}
