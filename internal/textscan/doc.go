// Package textscan searches text faster than Go does: for literals, by an automaton that
// goes over eight parts of a block in step, and for runs of encoded characters, 32 bytes at
// once. It is empty without the build tag native.
//
// The bytes are an attacker's, and what reads them is C of our own, of a few loops. It reads
// within the slices that it is given and writes into memory of its own; package inspect
// holds what it finds to be what Go finds.
package textscan
