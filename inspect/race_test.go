//go:build race

package inspect_test

// thin divides the volume of the larger tests: the race detector makes them ten times slower.
const thin = 16
