// Package hyperscan finds literals in bytes with Intel's Hyperscan, faster than Go does in
// machine code, slower in texts. It is empty without the build tag native.
//
// The bytes are an attacker's, and the library that reads them is C: it is trusted to
// stay within its buffers. Literals are the program's own.
package hyperscan
