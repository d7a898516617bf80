import CZlib
import NIOCore

/// Makes gzip (RFC 1952) with the system's zlib.
enum Gzip {
  /// Bytes that are packed in one go, in about a fifth of a millisecond; others may have the thread in between.
  static let piece = 32 << 10
  /// The fastest. What JSON repeats is found by it as well as by slower ones.
  private static let level: Int32 = 1
  /// In bits; 16 more ask for gzip. Each of the two takes 64 KiB of memory, half of what is usual.
  private static let window: Int32 = 16 + 14
  private static let memory: Int32 = 7
  private static let room = 4096

  /// - Returns: nil where there is no memory for it.
  static func pack(_ bytes: ByteBuffer) async -> ByteBuffer? {
    // zlib notes where it is, so that it must stay there.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    defer { stream.deallocate() }
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(stream, level, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { return nil }
    defer { _ = deflateEnd(stream) }

    var (packed, rest) = (ByteBuffer(), bytes)
    while let next = rest.readSlice(length: min(piece, rest.readableBytes)) {
      let isLast = rest.readableBytes == 0
      let state = pack(next, isLast ? Z_FINISH : Z_NO_FLUSH, stream, to: &packed)
      if isLast { return state == Z_STREAM_END ? packed : nil }
      await Task.yield()
    }
    return nil
  }

  /// - Returns: what zlib says when it has taken all.
  private static func pack(
    _ bytes: ByteBuffer, _ flush: Int32, _ stream: UnsafeMutablePointer<z_stream>, to packed: inout ByteBuffer
  ) -> Int32 {
    bytes.withUnsafeReadableBytes { bytes in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = UInt32(bytes.count)
      var state = Z_OK
      repeat {
        packed.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
          stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(space.count)
          state = deflate(stream, flush)
          return space.count - Int(stream.pointee.avail_out)
        }
      } while stream.pointee.avail_out == 0
      return state
    }
  }
}
