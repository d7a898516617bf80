import CZlib
import TestKit

/// What the system's zlib reads out of gzip.
enum Gunzip {
  /// - Throws: where it is not one whole stream of gzip and nothing behind it.
  static func read(_ packed: [UInt8]) throws -> [UInt8] {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    defer { stream.deallocate() }
    stream.initialize(to: z_stream())
    guard inflateInit2_(stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Missed("zlib does not start")
    }
    defer { _ = inflateEnd(stream) }
    var (input, bytes, state) = (packed, [UInt8](), Z_OK)
    var room = [UInt8](repeating: 0, count: 1 << 16)
    input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = UInt32(input.count)
      while state == Z_OK {
        let made = room.withUnsafeMutableBufferPointer { room in
          stream.pointee.next_out = room.baseAddress
          stream.pointee.avail_out = UInt32(room.count)
          state = inflate(stream, Z_NO_FLUSH)
          return room.count - Int(stream.pointee.avail_out)
        }
        bytes += room.prefix(made)
      }
    }
    guard state == Z_STREAM_END, stream.pointee.avail_in == 0 else { throw Missed("this is no whole gzip") }
    return bytes
  }
}
