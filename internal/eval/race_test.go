//go:build race

package main

// thin is of how many variants one is built under the race detector, which makes that ten
// times slower.
const thin = 7
