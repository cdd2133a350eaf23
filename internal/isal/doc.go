// Package isal decompresses deflate streams (RFC 1951) with Intel's ISA-L, two to three
// times as fast as Go does. It is empty without the build tag native.
//
// The bytes are an attacker's, and the library that reads them is C. It is trusted to stay
// within its buffers, as it is by the container runtimes that unpack with it; nothing of
// what it says is wrong with a stream is trusted further than that something is.
package isal
